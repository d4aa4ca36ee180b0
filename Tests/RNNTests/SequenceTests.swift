import Backprop
import KernelSupport
import RNN
import TestSupport
import Testing

/// What went wrong in other people's recurrent networks.
@Suite struct SequenceTests {
  static let tolerance = 64 * Scalar.ulpOfOne

  /// Four steps of the same formulas, in another order of additions: some 16 ulp a step.
  @Test(arguments: LayerKind.allCases, Backend.allCases)
  func `a fused layer agrees with its cell taken step by step`(kind: LayerKind, backend: Backend) {
    Backend.$current.withValue(backend) {
      let layer = kind.layer(3, 5, seed: 1)
      let x = variables([[2, 4, 3]])[0].variable
      let state = kind.state(batch: 2, units: 5, seed: 2)
      func gradients(_ result: (output: Variable, state: [RecurrentState])) -> [[Scalar]] {
        let all = parameters(of: layer) + [NamedParameter("x", x)]
        all.clearGradients()
        let y = joined(result)
        y.backward(Tensor(numbersOffZero(count: y.value.count, seed: 3), shape: y.value.shape))
        return [y.value.elements] + all.map { $0.variable.gradient?.elements ?? [] }
      }
      let fused = gradients(layer(x, from: [state], lengths: nil))
      let (output, last) = layer.cellByCell(x, from: state)
      let stepped = gradients((output, [last]))
      for (fused, stepped) in zip(fused, stepped) {
        expectClose(fused, stepped, within: 16 * Self.tolerance)
      }
    }
  }

  @Test(arguments: LayerKind.allCases)
  func `neither the amount nor the content of the padding changes anything`(kind: LayerKind) {
    let lower = Bidirectional(
      forward: kind.layer(2, 4, seed: 1), backward: kind.layer(2, 4, seed: 2))
    let layer = Stacked([kind.layer(2, 2, seed: 3), lower])
    let x = numbersOffZero(count: 2 * 3 * 2, seed: 4)
    func outputs(padding: Int, with number: Scalar) -> [Scalar] {
      var padded: [Scalar] = []
      for n in 0..<2 {
        padded += x[n * 6..<(n + 1) * 6] + [Scalar](repeating: number, count: 2 * padding)
      }
      let input = Variable(Tensor(padded, shape: [2, 3 + padding, 2]))
      let y = Stacked([layer.layers[0]])(input, from: [], lengths: [3, 3])
      let (z, _) = lower(y.output, from: [], lengths: [3, 3])
      return z.sliced(0..<3, axis: 1).value.elements
    }
    let expected = outputs(padding: 0, with: 0)
    for (padding, number) in [(1, Scalar(0)), (4, 1), (4, -1e9)] {
      #expect(outputs(padding: padding, with: number) == expected)
    }
  }

  @Test(arguments: LayerKind.allCases, Backend.allCases)
  func `a sequence of no steps returns the state it began with`(kind: LayerKind, backend: Backend) {
    Backend.$current.withValue(backend) {
      let layer = kind.layer(2, 3, seed: 1)
      let state = kind.state(batch: 2, units: 3, seed: 2)
      let x = Variable(Tensor(numbersOffZero(count: 16, seed: 3), shape: [2, 4, 2]))
      let (output, last) = layer(x, from: [state], lengths: [0, 2])
      #expect(last[0].hidden.value.row(0) == state.hidden.value.row(0))
      #expect(Array(output.value.elements[0..<3]) == Array(state.hidden.value.row(0)))
      if let cell = state.cell { #expect(last[0].cell?.value.row(0) == cell.value.row(0)) }
    }
  }

  @Test func `the backward direction begins at each sequence's own end`() {
    let x = Variable(Tensor([1, 2, 3, 9, 1, 2, 3, 4], shape: [2, 4, 1]))
    #expect(x.reversedInTime([3, 4]).value.elements == [3, 2, 1, 9, 4, 3, 2, 1])
    #expect(x.reversedInTime().value.elements == [9, 3, 2, 1, 4, 3, 2, 1])
  }

  /// Its last state is what it put out at the first step, when it had read everything; at the last step it had read
  /// one vector.
  @Test(arguments: LayerKind.allCases)
  func `the layer that reads from the end has read everything at the first step`(kind: LayerKind) {
    let pair = Bidirectional(
      forward: kind.layer(2, 3, seed: 1), backward: kind.layer(2, 3, seed: 2))
    let numbers = numbersOffZero(count: 2 * 4 * 2, seed: 3)
    let lengths = [4, 3]
    let (output, states) = pair(
      Variable(Tensor(numbers, shape: [2, 4, 2])), from: [], lengths: lengths)
    for (n, length) in lengths.enumerated() {
      func half(_ step: Int) -> [Scalar] {
        let start = (n * 4 + step) * 6 + 3
        return Array(output.value.elements[start..<start + 3])
      }
      #expect(Array(states[1].hidden.value.row(n)) == half(0))
      let own = Array(numbers[n * 8..<n * 8 + 2 * length])
      let backwards = (0..<length).reversed().flatMap { own[2 * $0..<2 * $0 + 2] }
      let alone = pair.backward(Variable(Tensor(backwards, shape: [1, length, 2]))).value
      #expect(half(length - 1) == Array(alone.elements[0..<3]))
      #expect(half(0) == Array(alone.elements[(length - 1) * 3..<length * 3]))
      // Were the input not reversed, the two would read the same.
      #expect(half(0) != half(length - 1))
    }
  }

  /// The sums over all steps take the padding's terms as zeros, in blocks that lie elsewhere: 16 ulp of a gradient.
  @Test(arguments: LayerKind.allCases, Backend.allCases)
  func `no gradient depends on the amount or the content of the padding`(
    kind: LayerKind, backend: Backend
  ) {
    let x = numbersOffZero(count: 2 * 3 * 2, seed: 4)
    func gradients(padding: Int, with number: Scalar) -> [[Scalar]] {
      let layer = kind.layer(2, 4, seed: 1)
      let pad = [Scalar](repeating: number, count: 2 * padding)
      let padded = Array(x[0..<6]) + pad + Array(x[6..<12]) + pad
      let input = Variable(Tensor(padded, shape: [2, 3 + padding, 2]), needsGradient: true)
      let (output, state) = layer(input, from: [], lengths: [3, 2])
      let weights = Variable(Tensor(numbersOffZero(count: 24, seed: 5), shape: [2, 3, 4]))
      ((output.sliced(0..<3, axis: 1) * weights).sum() + state[0].hidden.sum()).backward()
      let ofInput = (0..<2).flatMap { n in
        let start = n * (6 + 2 * padding)
        return input.gradient!.elements[start..<start + 6]
      }
      return parameters(of: layer).map { $0.variable.gradient!.elements } + [ofInput]
    }
    Backend.$current.withValue(backend) {
      let expected = gradients(padding: 0, with: 0)
      for (padding, number) in [(1, Scalar(0)), (4, 1), (4, -1e9)] {
        for (own, other) in zip(gradients(padding: padding, with: number), expected) {
          expectClose(own, other, within: 16 * Self.tolerance)
        }
      }
    }
  }

  @Test(arguments: LayerKind.allCases)
  func `two halves with the state handed on are the whole`(kind: LayerKind) {
    let layer = kind.layer(2, 5, seed: 1)
    let x = Variable(Tensor(numbersOffZero(count: 3 * 8 * 2, seed: 2), shape: [3, 8, 2]))
    let whole = layer(x).value
    let (first, state) = layer(x.sliced(0..<3, axis: 1), from: [], lengths: nil)
    let (second, _) = layer(
      x.sliced(3..<8, axis: 1), from: state.map { $0.detached() }, lengths: nil)
    #expect(Variable.concatenated([first, second], axis: 1).value == whole)
  }

  @Test func `the forget gate's bias begins where it was asked to`() {
    var generator = SeededGenerator(seed: 1)
    #expect(
      LSTM(2, 3, using: &generator).bias.value.elements == [0, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0, 0])
    let zero = LSTM(2, 3, forgetBias: 0, using: &generator)
    #expect(zero.bias.value.elements.allSatisfy { $0 == 0 })
  }

  @Test(arguments: [1, 2, 7, 32])
  func `recurrent weights begin orthogonal`(units: Int) {
    var generator = SeededGenerator(seed: 1)
    let u = GRU(3, units, using: &generator).recurrentWeight.value
    for gate in 0..<3 {
      for i in 0..<units {
        for j in 0...i {
          let product = (0..<units).reduce(Scalar(0)) {
            $0 + u.elements[i * 3 * units + gate * units + $1]
              * u.elements[j * 3 * units + gate * units + $1]
          }
          // Rows are rounded once, and the sum of at most 32 products of shares of 1: 8 ulp.
          #expect(abs(product - (i == j ? 1 : 0)) <= 8 * .ulpOfOne)
        }
      }
    }
  }

  @Test func `two thousand steps cell by cell go back and are released`() {
    var generator = SeededGenerator(seed: 1)
    let layer = LSTM(1, 2, using: &generator)
    let x = Variable(Tensor(shape: [1, 2000, 1]))
    layer.cellByCell(x).output.sum().backward()
    #expect(layer.bias.gradient?.elements.allSatisfy(\.isFinite) == true)
    _ = layer.cellByCell(x)
  }
}
