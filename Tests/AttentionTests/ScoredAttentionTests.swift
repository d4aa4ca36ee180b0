import Attention
import Backprop
import KernelSupport
import TestSupport
import Testing

/// The attentions that are named for their scores, made of operations.
@Suite struct ScoredAttentionTests {
  @Test(arguments: Backend.allCases)
  func `their gradients are the measured slopes`(backend: Backend) {
    var generator = SeededGenerator(seed: 1)
    let layers: [any AttentionLayer] = [
      AdditiveAttention(4, 5, units: 3, using: &generator),
      GeneralAttention(4, 5, using: &generator),
      ScaledDotProductAttention(4, 5, units: 3, using: &generator),
    ]
    let inputs = variables([[2, 3, 4], [2, 6, 5]])
    Backend.$current.withValue(backend) {
      for layer in layers {
        for mask in [AttentionMask.none, .lengths([4, 0])] {
          expectGradients(inputs + parameters(of: layer)) {
            let attended = layer(inputs[0].variable, inputs[1].variable, mask: mask)
            return Variable.concatenated([attended.context, attended.weights], axis: -1)
          }
        }
      }
    }
  }

  /// The same attention, fused and from operations.
  @Test(arguments: Backend.allCases)
  func `fused and composed agree`(backend: Backend) {
    let inputs = variables([[2, 5, 6], [2, 7, 6], [2, 7, 6]]).map(\.variable)
    let mask = AttentionMask.causal.and(.lengths([7, 4]))
    Backend.$current.withValue(backend) {
      let scores =
        (1 / Scalar(6).squareRoot()) * inputs[0].batchedProduct(inputs[1], rightTransposed: true)
      let composed = scores.softmax(mask: mask).batchedProduct(inputs[2])
      let fused = inputs[0].attention(key: inputs[1], value: inputs[2], mask: mask)
      // A dozen roundings of numbers up to 2.
      expectClose(fused.value.elements, composed.value.elements, within: 32 * .ulpOfOne)
    }
  }

  @Test(arguments: Backend.allCases)
  func `a softmax of masked scores`(backend: Backend) {
    let scores = Variable(
      Tensor([1, .nan, 2, .infinity, 5, 5, 5, 5], shape: [2, 1, 4]), needsGradient: true)
    let pattern = AttentionPattern(batch: 2, queries: 1, keys: 4) { b, _, j in
      b == 0 && j.isMultiple(of: 2)
    }
    Backend.$current.withValue(backend) {
      let weights = scores.softmax(mask: .allowing(pattern))
      let larger = 1 / (1 + Scalar.exp(-1))
      expectClose(
        weights.value.elements, [1 - larger, 0, larger, 0, 0, 0, 0, 0], within: 4 * .ulpOfOne)
      weights.backward(Tensor([1, 2, 3, 4, 5, 6, 7, 8], shape: [2, 1, 4]))
      let slope = 2 * larger * (1 - larger)
      expectClose(
        scores.gradient!.elements, [-slope, 0, slope, 0, 0, 0, 0, 0], within: 8 * .ulpOfOne)
    }
  }
}
