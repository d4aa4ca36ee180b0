import Backprop
import KernelSupport
import RNN
import TestSupport
import Testing

@Suite struct RecurrentKernelTests {
  /// Sequences, steps, units. A block has at most sixteen sequences and a tile six or twelve, a vector eight units
  /// and a panel's tile 16 or 32 columns: one, those, and one more or less; none at all; a wide layer.
  static let shapes = [
    (1, 1, 1), (1, 7, 8), (2, 3, 7), (5, 2, 9), (6, 2, 16), (7, 3, 5), (12, 2, 17), (13, 2, 3),
    (31, 2, 8), (32, 3, 11), (33, 2, 31), (0, 3, 4), (3, 0, 4), (17, 2, 67),
  ]

  /// Whatever a layer puts out and whatever its backward pass does.
  private func results(
    _ kind: LayerKind, _ shape: (batch: Int, time: Int, units: Int), _ lengths: [Int]?
  ) -> [[Scalar]] {
    let (batch, time, units) = shape
    let layer = kind.layer(3, units, seed: 1)
    let x = Variable(
      Tensor(
        numbersOffZero(count: batch * time * 3, seed: 2).map { $0 / 2 }, shape: [batch, time, 3]),
      needsGradient: true)
    let state = kind.state(batch: batch, units: units, seed: 3, needsGradient: true)
    let result = recurrence(layer, x, state, lengths)
    let upstream = numbersOffZero(count: result.value.count, seed: 4)
    result.backward(Tensor(upstream, shape: result.value.shape))
    return [result.value.elements]
      + (parameters(of: layer).map(\.variable) + [x, state.hidden]).map {
        $0.gradient?.elements ?? []
      }
  }

  /// A layer's outputs, where there are steps also its last states.
  private func recurrence(
    _ layer: any SteppedLayer, _ x: Variable, _ state: RecurrentState, _ lengths: [Int]?
  ) -> Variable {
    guard x.value.shape[1] > 0 else {
      return .concatenated(
        [x.reshaped([0]), (state.hidden * state.hidden).reshaped([state.hidden.value.count])],
        axis: 0)
    }
    return joined(layer(x, from: [state], lengths: lengths))
  }

  /// Values of steps that differ by rounding: some 16 ulp of 1 a step and half an ulp for each term of a sum,
  /// and the sums of gradients over all steps and sequences half an ulp for each of theirs.
  @Test(arguments: LayerKind.allCases, shapes.indices)
  func `fast layers are the definition's up to rounding`(kind: LayerKind, index: Int) {
    let shape = Self.shapes[index]
    let some = (0..<shape.0).map { ($0 * 5 + 1) % (shape.1 + 1) }
    for lengths in [nil, some] {
      let naive = Backend.$current.withValue(.naive) { results(kind, shape, lengths) }
      let fast = Backend.$current.withValue(.fast) { results(kind, shape, lengths) }
      let terms = Scalar(shape.0 * shape.1 + 4 * shape.2 + 64)
      for (naive, fast) in zip(naive, fast) {
        let largest = naive.reduce(1) { max($0, abs($1)) }
        expectClose(
          fast.map { $0 / largest }, naive.map { $0 / largest }, within: terms * .ulpOfOne)
      }
    }
  }

  @Test(arguments: LayerKind.allCases)
  func `any number of threads gives the same bits`(kind: LayerKind) {
    let all = [1, 2, 3, 7, 16].map { count in
      Threads.$count.withValue(count) {
        Backend.$current.withValue(.fast) { results(kind, (37, 9, 20), nil) }
      }
    }
    for result in all.dropFirst() { #expect(result == all[0]) }
  }

  @Test(arguments: LayerKind.allCases)
  func `a sequence alone has the same bits as among others`(kind: LayerKind) {
    let layer = kind.layer(3, 19, seed: 1)
    let x = numbersOffZero(count: 35 * 6 * 3, seed: 2)
    let together = layer(Variable(Tensor(x, shape: [35, 6, 3]))).value.elements
    for n in [0, 15, 16, 34] {
      let own = Array(x[n * 18..<(n + 1) * 18])
      let alone = layer(Variable(Tensor(own, shape: [1, 6, 3]))).value.elements
      #expect(alone == Array(together[n * 6 * 19..<(n + 1) * 6 * 19]))
    }
  }
}
