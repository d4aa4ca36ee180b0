import Attention
import Backprop
import CNN
import KernelSupport
import TestSupport
import Testing

@Suite struct AttentionPropertyTests {
  private func tensor(_ shape: [Int], seed: UInt64) -> Tensor {
    var generator = SeededGenerator(seed: seed)
    return Initializer.gaussian(standardDeviation: 1).tensor(shape: shape, using: &generator)
  }

  private func rows(_ x: Tensor, _ range: Range<Int>) -> [Scalar] {
    range.flatMap { Array(x.row($0)) }
  }

  /// The fused kernel against the same sums in plain loops: `AttentionLadder.online`.
  @Test(arguments: [
    AttentionShape(batch: 1, heads: 1, queries: 1, keys: 1, width: 1),
    AttentionShape(batch: 2, heads: 2, queries: 7, keys: 129, width: 17),
    AttentionShape(batch: 1, heads: 3, queries: 25, keys: 300, width: 32),
    AttentionShape(batch: 1, heads: 1, queries: 2, keys: 257, width: 40),
    AttentionShape(batch: 1, heads: 1, queries: 49, keys: 16, width: 64, scale: 0.5),
  ])
  func `tiles have the bits of the online softmax in loops`(shape: AttentionShape) {
    let q = tensor([shape.batch, shape.queries, shape.rowWidth], seed: 1).elements
    let k = tensor([shape.batch, shape.keys, shape.rowWidth], seed: 2).elements
    let v = tensor([shape.batch, shape.keys, shape.rowWidth], seed: 3).elements
    func result(_ rung: AttentionLadder.Rung) -> [Scalar] {
      changed([Scalar](repeating: 7, count: shape.outputCount)) {
        rung(q.span, k.span, v.span, &$0, shape)
      }
    }
    #expect(result(AttentionLadder.tiled) == result(AttentionLadder.online))
    // As the kernel tests: 256 ulp for sums of up to 300 terms.
    for rung in AttentionLadder.rungs {
      expectClose(
        result(rung.function), result(AttentionLadder.definition), within: 256 * .ulpOfOne,
        rung.name)
    }
  }

  @Test(arguments: Backend.allCases)
  func `a sequence in another order gives the outputs in that order`(backend: Backend) {
    var generator = SeededGenerator(seed: 4)
    let layer = MultiHeadAttention(12, heads: 3, using: &generator)
    let x = tensor([1, 9, 12], seed: 5)
    let order = generator.permutation(count: 9)
    func reordered(_ x: Tensor) -> Tensor {
      Tensor(order.flatMap { Array(x.row($0)) }, shape: x.shape)
    }
    Backend.$current.withValue(backend) {
      // Sums over nine keys in another order: a few roundings of numbers around 1.
      expectClose(
        layer(Variable(reordered(x))).value.elements,
        reordered(layer(Variable(x)).value).elements, within: 16 * .ulpOfOne)
    }
  }

  /// No token sees the future: not by a bit.
  @Test(arguments: Backend.allCases, [4, 40])
  func `later tokens change nothing in earlier outputs`(backend: Backend, time: Int) {
    var generator = SeededGenerator(seed: 6)
    let layer = MultiHeadAttention(
      32, heads: 2, rotary: RotaryPositions(), using: &generator)
    let x = tensor([2, time, 32], seed: 7)
    var other = x
    let changed = tensor([32], seed: 8).elements
    other.update { for c in 0..<32 { $0[(time - 1) * 32 + c] = changed[c] } }
    Backend.$current.withValue(backend) {
      let before = layer(Variable(x), mask: .causal, .evaluation).value
      let after = layer(Variable(other), mask: .causal, .evaluation).value
      #expect(rows(before, 0..<time - 1) == rows(after, 0..<time - 1))
      #expect(rows(before, time - 1..<time) != rows(after, time - 1..<time))
      #expect(rows(before, time..<2 * time) == rows(after, time..<2 * time))
    }
  }

  /// A wrong transpose trains as well as a right one: only this tells.
  @Test(arguments: Backend.allCases, [0, 1, 2])
  func `a head's columns change that head's columns only`(backend: Backend, third: Int) {
    let x = tensor([1, 6, 3 * 12], seed: 9)
    var other = x
    // One number of head 1, of four columns each, at time 2.
    other.update { $0[2 * 36 + third * 12 + 5] += 1 }
    Backend.$current.withValue(backend) {
      let before = Variable(x).selfAttention(heads: 3).value
      let after = Variable(other).selfAttention(heads: 3).value
      for row in 0..<6 {
        let (a, b) = (Array(before.row(row)), Array(after.row(row)))
        #expect(a[0..<4] == b[0..<4] && a[8..<12] == b[8..<12])
        // A query's change shows in its own row, a key's or a value's in all.
        #expect((a[4..<8] != b[4..<8]) == (third > 0 || row == 2))
      }
    }
  }

  @Test func `probabilities are dropped in training only`() {
    var generator = SeededGenerator(seed: 10)
    let layer = MultiHeadAttention(8, heads: 2, dropout: 0.5, using: &generator)
    let x = Variable(tensor([2, 5, 8], seed: 11))
    let still = layer(x, mask: .none, .evaluation).value
    #expect(layer(x, mask: .none, .training(seed: 1)).value != still)
    #expect(
      layer(x, mask: .none, .training(seed: 1)).value
        == layer(x, mask: .none, .training(seed: 1)).value)
    #expect(
      layer(x, mask: .none, .training(seed: 1)).value
        != layer(x, mask: .none, .training(seed: 2)).value)
    #expect(layer(x).value == still)
  }

  @Test func `weights sum to one and show what the mask allows`() {
    let (q, k) = (tensor([2, 4, 6], seed: 12), tensor([2, 5, 6], seed: 13))
    let weights = q.attentionWeights(key: k, heads: 2, mask: .causal.and(.lengths([5, 0])))
    for row in 0..<16 {
      let sum = weights.row(row).reduce(0, +)
      #expect(row < 8 ? abs(sum - 1) < 8 * .ulpOfOne : sum == 0)
      for (j, weight) in weights.row(row).enumerated() {
        #expect((weight > 0) == (row < 8 && j <= row % 4 + 1))
      }
    }
  }
}
