import Backprop
import KernelSupport

extension RestrictedBoltzmannMachine {
  /// ln Z, exactly, by going through all states of the smaller layer.
  ///
  ///     Z = Σ_h e^{c·h} Πᵢ (1 + e^{bᵢ + (W h)ᵢ})
  ///
  /// The visible units need no loop: given h they are independent, and each is summed out by itself. 2ⁿ
  /// states of n hidden units are gone through in blocks, one matrix product each.
  ///
  /// - Precondition: one of the layers has at most 25 units.
  public func logPartitionFunction() -> Double {
    let isHiddenSmaller = hiddenCount <= visibleCount
    let count = min(hiddenCount, visibleCount)
    precondition(count <= 25, "logPartitionFunction: 2^\(count) states are too many")
    let own = (isHiddenSmaller ? hiddenBias : visibleBias).value
    let other = (isHiddenSmaller ? visibleBias : hiddenBias).value.elements
    let blockBits = min(count, 12)
    var logs: [Double] = []
    for block in 0..<1 << (count - blockBits) {
      let states = binaryStates(from: block << blockBits, count: 1 << blockBits, bits: count)
      let sums = product(states, weight.value, rightTransposed: isHiddenSmaller)
      var rows = Tensor(shape: [states.rows])
      rows.update {
        Backend.current.bernoulli.softplusSums(
          sums.elements.span, bias: other.span, scale: 1, into: &$0)
      }
      let biased = product(states, own.reshaped([count, 1])).elements
      logs.append(logSumExp(zip(rows.elements, biased).lazy.map { Double($0) + Double($1) }))
    }
    return logSumExp(logs)
  }
}

/// The binary digits of consecutive numbers, a number a row, the lowest digit first.
func binaryStates(from first: Int, count: Int, bits: Int) -> Tensor {
  var elements: [Scalar] = []
  elements.reserveCapacity(count * bits)
  for number in first..<first + count {
    for bit in 0..<bits { elements.append(Scalar(number >> bit & 1)) }
  }
  return Tensor(elements, shape: [count, bits])
}
