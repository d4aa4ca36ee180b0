import Backprop
import KernelSupport
import TestSupport
import Testing

/// The gradient check must reject what people get wrong.
@Suite struct GradientCheckTests {
  /// An operation of one input whose pullback is wrong.
  private static func wrong(
    _ name: String, value: @escaping @Sendable (Variable) -> Variable,
    gradient: @escaping @Sendable (_ x: [Scalar], _ y: [Scalar], _ upstream: [Scalar]) -> [Scalar]
  ) -> Operation {
    Operation(name, [3, 4]) { inputs in
      let x = inputs[0]
      let y = Variable.withoutGradients { value(x).value }
      return Variable(y, from: [x]) { upstream in
        let elements = gradient(x.value.elements, y.elements, upstream.elements)
        x.addGradient(Tensor(elements, shape: x.value.shape))
      }
    }
  }

  static let mistakes = [
    wrong("sign flipped", value: { $0.tanh() }) { _, y, upstream in
      zip(y, upstream).map { -$1 * (1 - $0 * $0) }
    },
    wrong("a factor 2 too much", value: { $0.sigmoid() }) { _, y, upstream in
      zip(y, upstream).map { 2 * $1 * $0 * (1 - $0) }
    },
    wrong("a factor 2 dropped", value: { $0 * $0 }) { x, _, upstream in
      zip(x, upstream).map { $0 * $1 }
    },
    wrong("a term dropped", value: { $0 * $0 + $0 }) { x, _, upstream in
      zip(x, upstream).map { 2 * $0 * $1 }
    },
    wrong("* for /", value: { 0.5 * $0 }) { _, _, upstream in upstream.map { $0 * 2 } },
    wrong("the upstream gradient forgotten", value: { $0 * $0 }) { x, _, _ in x.map { 2 * $0 } },
    wrong("only the diagonal of softmax", value: { $0.softmax() }) { _, y, upstream in
      zip(y, upstream).map { $1 * $0 * (1 - $0) }
    },
    wrong("one element wrong by a tenth", value: { $0.tanh() }) { _, y, upstream in
      y.indices.map { upstream[$0] * (1 - y[$0] * y[$0]) * ($0 == 5 ? 1.1 : 1) }
    },
    wrong("GELU backward by another formula", value: { $0.gelu() }) { x, _, upstream in
      // The slope of x σ(1.702 x), the sigmoid form.
      zip(x, upstream).map { x, upstream in
        let s = 1 / (1 + Scalar.exp(-1.702 * x))
        return upstream * (s + 1.702 * x * s * (1 - s))
      }
    },
    wrong("not a number", value: { $0.tanh() }) { _, _, upstream in upstream.map { _ in .nan } },
    wrong("zeros", value: { $0.tanh() }) { _, _, upstream in upstream.map { _ in 0 } },
    Operation("= for += where a variable is used twice", [3, 4]) { inputs in
      let x = inputs[0]
      let y = Variable(x.tanh().value, from: [x]) { upstream in
        // The gradient by the other use, which arrived first, is lost.
        x.clearGradient()
        x.addGradient(tanhPullback(upstream, at: x.value))
      }
      return x * y
    },
    Operation("no gradient at all", [3, 4]) { inputs in
      Variable(inputs[0].tanh().value, from: [inputs[0]]) { _ in }
    },
  ]

  /// ∂L/∂x of y = tanh x.
  private static func tanhPullback(_ upstream: Tensor, at x: Tensor) -> Tensor {
    let elements = zip(x.elements, upstream.elements).map { x, upstream in
      upstream * (1 - Scalar.tanh(x) * Scalar.tanh(x))
    }
    return Tensor(elements, shape: x.shape)
  }

  private func results(_ operation: Operation) -> [GradientCheck.Result] {
    let inputs = variables(operation.shapes)
    return GradientCheck().compare(
      inputs, upstream: numbersOffZero(count: 12, seed: 31)
    ) { operation.apply(inputs.map(\.variable)) }
  }

  @Test(arguments: mistakes)
  func `a wrong gradient is rejected`(operation: Operation) {
    #expect(results(operation).contains { $0.error > GradientCheck.tolerance })
  }

  @Test(arguments: mistakes)
  func `a wrong gradient is rejected in a summed loss too`(operation: Operation) {
    let inputs = variables(operation.shapes)
    let weights = Variable(Tensor(numbersOffZero(count: 12, seed: 31), shape: [3, 4]))
    let results = GradientCheck().compare(inputs) {
      (weights * operation.apply(inputs.map(\.variable))).sum()
    }
    #expect(results.contains { $0.error > GradientCheck.tolerance })
  }

  @Test func `the worst element is named`() throws {
    let mistake = try #require(Self.mistakes.first { $0.name == "one element wrong by a tenth" })
    let result = try #require(results(mistake).first)
    #expect(result.name == "input 0" && result.index == 5)
    // |1.1 − 1| / 1.1, to within what a right gradient may differ by.
    #expect(abs(result.error - 0.1 / 1.1) <= GradientCheck.tolerance)
    #expect(result.description.hasPrefix("input 0: error \(result.error) at element 5"))
  }

  @Test func `values are put back`() {
    let inputs = variables([[3, 4]])
    let before = inputs[0].variable.value
    _ = GradientCheck().compare(inputs) { inputs[0].variable.sigmoid().sum() }
    #expect(inputs[0].variable.value == before)
  }

  @Test func `a variable without elements has no error`() {
    let inputs = variables([[0], [2]])
    let results = GradientCheck().compare(inputs) {
      inputs[0].variable.sum() + inputs[1].variable.sum()
    }
    #expect(results.map(\.error)[0] == 0)
  }
}
