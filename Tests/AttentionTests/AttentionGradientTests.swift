import Attention
import Backprop
import CNN
import KernelSupport
import TestSupport
import Testing

@Suite struct AttentionGradientTests {
  static let masks: [(name: String, mask: AttentionMask)] = [
    ("none", .none), ("causal", .causal), ("lengths", .lengths([4, 0])),
    ("both", .causal.and(.lengths([2, 4]))),
    (
      "pattern",
      .allowing(
        AttentionPattern(batch: 2, queries: 5, keys: 4) { b, i, j in i != 1 && (b + i + j) % 2 == 0
        })
    ),
  ]

  @Test(arguments: masks.indices, Backend.allCases)
  func `attention's gradients are the measured slopes`(index: Int, backend: Backend) {
    let inputs = variables([[2, 5, 6], [2, 4, 6], [2, 4, 6]])
    Backend.$current.withValue(backend) {
      expectGradients(inputs) {
        inputs[0].variable.attention(
          key: inputs[1].variable, value: inputs[2].variable, heads: 2,
          mask: Self.masks[index].mask)
      }
    }
  }

  @Test(arguments: Backend.allCases)
  func `gradients with dropout are the measured slopes`(backend: Backend) {
    let inputs = variables([[2, 5, 6], [2, 4, 6], [2, 4, 6]])
    Backend.$current.withValue(backend) {
      expectGradients(inputs) {
        inputs[0].variable.attention(
          key: inputs[1].variable, value: inputs[2].variable, heads: 3,
          dropout: AttentionDropout(rate: 0.4, seed: 2))
      }
    }
  }

  /// One variable in all three places: its gradient is the sum of three.
  @Test(arguments: Backend.allCases)
  func `a sequence's attention to itself has the measured slopes`(backend: Backend) {
    let inputs = variables([[2, 5, 4]])
    let x = inputs[0].variable
    Backend.$current.withValue(backend) {
      expectGradients(inputs) { x.attention(key: x, value: x, heads: 2, mask: .causal) }
    }
  }

  @Test(arguments: Backend.allCases)
  func `operands side by side have the same results and gradients`(backend: Backend) {
    var generator = SeededGenerator(seed: 8)
    func tensor(_ shape: [Int]) -> Tensor {
      Initializer.gaussian(standardDeviation: 1).tensor(shape: shape, using: &generator)
    }
    let packed = Variable(tensor([2, 7, 30]), needsGradient: true)
    func columns(_ range: Range<Int>) -> Variable {
      Variable(
        Tensor(
          (0..<14).flatMap { Array(packed.value.row($0))[range] }, shape: [2, 7, range.count]),
        needsGradient: true)
    }
    let (q, k, v) = (columns(0..<10), columns(10..<20), columns(20..<30))
    let kv = columns(10..<30)
    let upstream = tensor([2, 7, 10])
    Backend.$current.withValue(backend) {
      let apart = q.attention(key: k, value: v, heads: 2, mask: .causal)
      let one = packed.selfAttention(heads: 2, mask: .causal)
      #expect(one.value == apart.value)
      apart.backward(upstream)
      one.backward(upstream)
      let gradient = packed.gradient!
      #expect(
        (0..<14).flatMap { gradient.row($0)[$0 * 30..<$0 * 30 + 10] } == q.gradient!.elements)
      #expect(
        (0..<14).flatMap { gradient.row($0)[$0 * 30 + 10..<$0 * 30 + 20] } == k.gradient!.elements)
      #expect(
        (0..<14).flatMap { gradient.row($0)[$0 * 30 + 20..<$0 * 30 + 30] } == v.gradient!.elements)
      let queryGradient = q.gradient!
      q.clearGradient()
      let two = q.attention(keysAndValues: kv, heads: 2, mask: .causal)
      #expect(two.value == apart.value)
      two.backward(upstream)
      #expect(q.gradient == queryGradient)
      #expect(
        (0..<14).flatMap { kv.gradient!.row($0)[$0 * 20..<$0 * 20 + 10] } == k.gradient!.elements)
    }
  }

  @Test(arguments: Backend.allCases)
  func `the layers' gradients are the measured slopes`(backend: Backend) {
    var generator = SeededGenerator(seed: 9)
    let inputs = variables([[2, 4, 6], [2, 3, 5]])
    let own = MultiHeadAttention(6, heads: 3, dropout: 0.2, using: &generator)
    let cross = CrossAttention(6, memoryWidth: 5, heads: 2, using: &generator)
    Backend.$current.withValue(backend) {
      expectGradients([inputs[0]] + parameters(of: own)) {
        own(inputs[0].variable, mask: .causal, .training(seed: 1))
      }
      expectGradients(inputs + parameters(of: cross)) {
        cross(inputs[0].variable, inputs[1].variable, mask: .lengths([3, 2]))
      }
    }
  }
}
