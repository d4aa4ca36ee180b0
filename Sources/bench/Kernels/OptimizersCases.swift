import KernelSupport
import Optimizers

/// The kernels of chapter 3.
extension KernelCase {
  static var updates: [KernelCase] {
    [
      combine("descend") { $0.update.descend(&$2, $1, rate: 1e-3, weightDecay: 1e-4) },
      withOneSlot("descendWithMomentum") {
        $0.update.descendWithMomentum(
          &$1, $2, velocity: &$3, rate: 1e-3, momentum: 0.9, dampening: 0, weightDecay: 1e-4,
          nesterov: false)
      },
      withOneSlot("adaGrad") {
        $0.update.adaGrad(&$1, $2, squareSum: &$3, rate: 1e-3, epsilon: 1e-8, weightDecay: 0)
      },
      withOneSlot("rmsProp") {
        $0.update.rmsProp(
          &$1, $2, meanSquare: &$3, rate: 1e-3, decay: 0.9, epsilon: 1e-8, weightDecay: 0)
      },
      withOneSlot("lion") {
        $0.update.lion(&$1, $2, mean: &$3, rate: 1e-4, beta1: 0.9, beta2: 0.99, weightDecay: 0.1)
      },
      adam(elementCount),
      adam(1_000_000, isDetail: true),
    ]
  }

  static var regularization: [KernelCase] {
    [
      update("clamp") { $0.regularization.clamp(&$1, limit: 1) },
      update("dropout") { $0.regularization.dropout(&$1, rate: 0.5, seed: 1) },
      sumOfMagnitudes,
      combine("sumOfMagnitudesBackward") {
        $0.regularization.sumOfMagnitudesBackward($1, upstream: 1e-4, gradient: &$2)
      },
    ]
  }

  /// An update that remembers one number a weight.
  private static func withOneSlot(
    _ kernel: String,
    _ body:
      @escaping (
        _ kernels: Backend, _ value: inout MutableSpan<Scalar>, _ gradient: Span<Scalar>,
        _ slot: inout MutableSpan<Scalar>
      ) -> Void
  ) -> KernelCase {
    KernelCase(
      kernel: kernel, shape: "\(elementCount)", cost: .memory(.combineTwo, elements: elementCount)
    ) {
      let gradient = numbers(elementCount, stream: 2)
      return stepAfterStep(
        KernelTrial(
          changing: [numbers(elementCount), numbers(elementCount, in: 0..<1, stream: 3)],
          tolerance: Tolerance.rounding(magnitude: 1)
        ) { kernels, arrays in
          var slot = arrays.removeLast()
          var value = arrays[0].mutableSpan
          var slotSpan = slot.mutableSpan
          body(kernels, &value, gradient.span, &slotSpan)
          arrays.append(slot)
        })
    }
  }

  private static func adam(_ count: Int, isDetail: Bool = false) -> KernelCase {
    var item = KernelCase(
      kernel: "adam", shape: "\(count)", cost: .memory(.combineThree, elements: count)
    ) {
      let gradient = numbers(count, stream: 2)
      let step = AdamStep(number: 10, rate: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-8)
      return stepAfterStep(
        KernelTrial(
          changing: [
            numbers(count), numbers(count, stream: 3), numbers(count, in: 0..<1, stream: 4),
          ],
          tolerance: Tolerance.rounding(magnitude: 1)
        ) { kernels, arrays in
          var second = arrays.removeLast()
          var first = arrays.removeLast()
          var value = arrays[0].mutableSpan
          var firstSpan = first.mutableSpan
          var secondSpan = second.mutableSpan
          kernels.update.adam(
            &value, gradient.span, firstMoment: &firstSpan, secondMoment: &secondSpan, step)
          arrays.append(first)
          arrays.append(second)
        })
    }
    item.isDetail = isDetail
    return item
  }

  /// Timed as training runs: each step goes on from the last one's results, and nothing is restored.
  private static func stepAfterStep(_ trial: KernelTrial) -> KernelTrial {
    var trial = trial
    trial.overwrites = true
    return trial
  }

  private static var sumOfMagnitudes: KernelCase {
    KernelCase(
      kernel: "sumOfMagnitudes", shape: "\(elementCount)",
      cost: .memory(.read, elements: elementCount)
    ) {
      let x = numbers(elementCount)
      var trial = KernelTrial(
        changing: [0],
        tolerance: Tolerance.mean(of: elementCount, magnitude: Scalar(elementCount) / 2)
      ) { kernels, result in result[0] = kernels.regularization.sumOfMagnitudes(x.span) }
      trial.overwrites = true
      return trial
    }
  }
}
