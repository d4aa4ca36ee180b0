import Attention
import Backprop
import CNN
import KernelSupport
import TestSupport
import Testing

@Suite struct PositionTests {
  private func tensor(_ shape: [Int], seed: UInt64) -> Tensor {
    var generator = SeededGenerator(seed: seed)
    return Initializer.gaussian(standardDeviation: 1).tensor(shape: shape, using: &generator)
  }

  @Test(arguments: PositionPairing.allCases, [6, 16])
  func `rotary scores depend on the distance alone`(pairing: PositionPairing, width: Int) {
    let rotary = RotaryPositions(pairing: pairing)
    let (q, k) = (
      Variable(tensor([1, 1, width], seed: 1)), Variable(tensor([1, 1, width], seed: 2))
    )
    func score(_ i: Int, _ j: Int) -> Scalar {
      q.rotated(rotary, width: width, from: i).batchedProduct(
        k.rotated(rotary, width: width, from: j), rightTransposed: true
      ).value.number
    }
    for distance in [0, 1, 5] {
      for i in [3, 100, 4000] {
        // Products of sixteen numbers up to 3, each turned with a rounding or two; and an angle of 4000 in
        // double precision is off by 5e-13.
        #expect(
          abs(score(i, i + distance) - score(0, distance)) < max(256 * .ulpOfOne, 1e-10))
      }
    }
    #expect(abs(score(0, 1) - score(0, 2)) > 0.01)
    #expect(q.rotated(rotary, width: width).value == q.value, "position 0")
  }

  @Test(arguments: PositionPairing.allCases)
  func `the fast rotation is the definition`(pairing: PositionPairing) {
    for (width, columns) in [(16, 32), (32, 32), (6, 12)] {
      let x = Variable(tensor([3, 7, 48], seed: 3))
      let results = Backend.allCases.map { backend in
        Backend.$current.withValue(backend) {
          x.rotated(
            RotaryPositions(pairing: pairing), width: width, columns: columns, from: 2
          ).value
        }
      }
      // Two products and a sum, with or without a fused step.
      expectClose(results[1].elements, results[0].elements, within: 4 * .ulpOfOne)
      for row in 0..<21 {
        #expect(results[1].row(row).suffix(48 - columns) == x.value.row(row).suffix(48 - columns))
      }
    }
  }

  @Test(arguments: Backend.allCases)
  func `gradients through positions are the measured slopes`(backend: Backend) {
    var generator = SeededGenerator(seed: 4)
    let inputs = variables([[2, 3, 16]])
    let x = inputs[0].variable
    let learned = LearnedPositions(longest: 5, width: 16, using: &generator)
    let layer = MultiHeadAttention(
      16, heads: 1, rotary: RotaryPositions(pairing: .halves), using: &generator)
    Backend.$current.withValue(backend) {
      for pairing in PositionPairing.allCases {
        expectGradients(inputs) {
          x.rotated(RotaryPositions(pairing: pairing), width: 16, from: 1)
        }
      }
      expectGradients(inputs + parameters(of: learned)) { learned(x, from: 1) }
      expectGradients(inputs) { SinusoidalPositions(16)(x) }
      expectGradients(inputs + parameters(of: layer)) { layer(x, mask: .causal, .evaluation) }
    }
  }

  /// The layer turns queries and keys in one go, where they lie side by side with the values.
  @Test func `a layer with rotary positions turns queries and keys and leaves the values`() {
    var generator = SeededGenerator(seed: 6)
    let rotary = RotaryPositions()
    let layer = MultiHeadAttention(8, heads: 2, rotary: rotary, using: &generator)
    let x = Variable(tensor([2, 5, 8], seed: 7))
    Backend.$current.withValue(.naive) {
      let packed = layer.queryKeyValue(x)
      let (q, k) = (packed.sliced(0..<8, axis: 2), packed.sliced(8..<16, axis: 2))
      let context = q.rotated(rotary, width: 4).attention(
        key: k.rotated(rotary, width: 4), value: packed.sliced(16..<24, axis: 2), heads: 2,
        mask: .causal)
      #expect(layer(x, mask: .causal, .evaluation).value == layer.output(context).value)
    }
  }

  @Test func `positions that begin later are those of the whole`() {
    let x = Variable(tensor([1, 9, 8], seed: 5))
    let part = x.sliced(4..<9, axis: 1)
    let sinusoidal = SinusoidalPositions(8)
    #expect(sinusoidal(part, from: 4).value == sinusoidal(x).sliced(4..<9, axis: 1).value)
    let rotary = RotaryPositions()
    #expect(
      part.rotated(rotary, width: 4, from: 4).value
        == x.rotated(rotary, width: 4).sliced(4..<9, axis: 1).value)
  }

  @Test func `halves hold the sines first`() {
    let neighbours = SinusoidalPositions(8).table(0..<5)
    let halves = SinusoidalPositions(8, pairing: .halves).table(0..<5)
    for row in 0..<5 {
      let (a, b) = (Array(neighbours.row(row)), Array(halves.row(row)))
      #expect(b == [a[0], a[2], a[4], a[6], a[1], a[3], a[5], a[7]])
    }
  }
}
