import Attention
import Backprop
import CNN
import KernelSupport
import TestSupport
import Testing
import Transformers

/// A block with PyTorch's parameters under this chapter's names.
private struct BlockFixture {
  let fixture: Fixture
  let name: String

  init(_ name: String) throws {
    fixture = try Fixture("layers")
    self.name = name
  }

  /// Sets the parameters of a block; query, key and value stand apart in the fixture.
  func load(_ block: Any) {
    for parameter in parameters(of: block) {
      parameter.variable.setValue(
        Tensor(values(parameter, ""), shape: parameter.variable.value.shape))
    }
  }

  func values(_ parameter: NamedParameter, _ suffix: String) -> [Scalar] {
    let shape = parameter.variable.value.shape
    for (joined, parts) in [
      ("queryKeyValue", ["query", "key", "value"]), ("keyValue", ["key", "value"]),
    ] where parameter.name.contains(".\(joined).") {
      let found = parts.map {
        fixture[name, parameter.name.replacing(joined, with: $0) + suffix]
      }
      let rows = shape.count == 2 ? shape[0] : 1
      return (0..<rows).flatMap { row in
        found.flatMap { $0[row * $0.count / rows..<(row + 1) * $0.count / rows] }
      }
    }
    return fixture[name, parameter.name + suffix]
  }

  func tensor(_ key: String, _ shape: [Int]) -> Variable {
    Variable(Tensor(fixture[name, key], shape: shape), needsGradient: true)
  }

  func expect(_ output: Variable, _ block: Any, _ inputs: [(String, Variable)]) {
    // Some hundred roundings of numbers up to 10, passed on by attention and norms that stretch them a few times.
    expectClose(output.value.elements, fixture[name, "output"], within: 2e-5.rounded32)
    output.backward(Tensor(fixture[name, "upstream"], shape: output.value.shape))
    for (key, input) in inputs {
      expectClose(
        input.gradient!.elements, fixture[name, "\(key) gradient"], within: 1e-4.rounded32, key)
    }
    for parameter in parameters(of: block) {
      expectClose(
        parameter.variable.gradient!.elements, values(parameter, " gradient"),
        within: 1e-4.rounded32, parameter.name)
    }
  }
}

@Suite struct BlockTests {
  @Test(arguments: NormPlacement.allCases, Backend.allCases)
  func `an encoder's block agrees with PyTorch`(
    placement: NormPlacement, backend: Backend
  ) throws {
    var generator = SeededGenerator(seed: 1)
    let kind = placement == .before ? "pre" : "post"
    for (name, activation, mask) in [
      ("encoder \(kind)", FeedForwardActivation.relu, AttentionMask.causal),
      ("encoder \(kind), padded, gelu", .exactGELU, .lengths([5, 3])),
    ] {
      let reference = try BlockFixture(name)
      let block = TransformerBlock(
        8, heads: 2, inner: 12, placement: placement, activation: activation, using: &generator)
      reference.load(block)
      let x = reference.tensor("x", [2, 5, 8])
      Backend.$current.withValue(backend) {
        reference.expect(block(x, mask: mask), block, [("x", x)])
      }
    }
  }

  @Test(arguments: NormPlacement.allCases, Backend.allCases)
  func `a decoder's block agrees with PyTorch`(
    placement: NormPlacement, backend: Backend
  ) throws {
    var generator = SeededGenerator(seed: 1)
    let reference = try BlockFixture("decoder \(placement == .before ? "pre" : "post")")
    let block = DecoderBlock(8, heads: 2, inner: 12, placement: placement, using: &generator)
    reference.load(block)
    let (x, memory) = (reference.tensor("x", [2, 5, 8]), reference.tensor("memory", [2, 4, 8]))
    Backend.$current.withValue(backend) {
      reference.expect(
        block(x, memory, memoryMask: .lengths([4, 2])), block, [("x", x), ("memory", memory)])
    }
  }

  @Test(arguments: NormPlacement.allCases, Backend.allCases)
  func `blocks' gradients are the measured slopes`(placement: NormPlacement, backend: Backend) {
    var generator = SeededGenerator(seed: 3)
    let inputs = variables([[2, 4, 6], [2, 3, 6]])
    let block = TransformerBlock(
      6, heads: 2, inner: 5, placement: placement, epsilon: 0.1, dropout: 0.3, using: &generator)
    let decoder = DecoderBlock(
      6, heads: 3, inner: 5, placement: placement, activation: .exactGELU, epsilon: 0.1,
      using: &generator)
    for norm in parameters(of: [block] as [Any] + [decoder]) where norm.name.hasSuffix("bias") {
      let count = norm.variable.value.count
      norm.variable.setValue(
        Tensor(numbersOffZero(count: count, seed: 8).map { $0 / 8 }, shape: [count]))
    }
    // Single precision: two products, a softmax and two norms, each of which may stretch a rounding a few times.
    let tolerance = 4 * GradientCheck.tolerance
    Backend.$current.withValue(backend) {
      expectGradients([inputs[0]] + parameters(of: block), within: tolerance) {
        block(inputs[0].variable, mask: .causal, .training(seed: 5))
      }
      expectGradients(inputs + parameters(of: decoder), within: tolerance) {
        decoder(inputs[0].variable, inputs[1].variable, memoryMask: .lengths([3, 2]))
      }
    }
  }
}
