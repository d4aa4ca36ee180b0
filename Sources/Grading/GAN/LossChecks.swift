import Foundation
import KernelSupport

extension GANExercises {
  static var lossExercise: Exercise {
    Exercise(
      "generatorLosses",
      hint: "write the losses as −softplus(s) and softplus(−s), and these without overflow.",
      [
        Check("the saturating loss is ln(1 − σ)") {
          for s in [-3, -0.5, 0, 0.5, 3] as [Double] {
            try check(generatorLosses(logit: s).saturating.loss, log(1 - sigmoid(s)), s)
          }
        },
        Check("the non-saturating loss is −ln σ") {
          for s in [-3, -0.5, 0, 0.5, 3] as [Double] {
            try check(generatorLosses(logit: s).nonSaturating.loss, -log(sigmoid(s)), s)
          }
        },
        Check("both slopes fall, one with σ, one with 1 − σ") {
          for s in [-4, -1, 0, 1, 4] as [Double] {
            try check(generatorLosses(logit: s).saturating.slope, -sigmoid(s), s)
            try check(generatorLosses(logit: s).nonSaturating.slope, -sigmoid(-s), s)
          }
        },
        Check("logits too large for an exponential are no obstacle") {
          for s in [-1000.0, 1000] as [Double] {
            let answer = try generatorLosses(logit: s)
            try check(answer.saturating.loss, s > 0 ? -s : 0, s)
            try check(answer.nonSaturating.loss, s > 0 ? 0 : -s, s)
            try check(answer.saturating.slope, s > 0 ? -1 : 0, s)
            try check(answer.nonSaturating.slope, s > 0 ? 0 : -1, s)
          }
        },
      ])
  }

  private static func sigmoid(_ s: Double) -> Double { 1 / (1 + exp(-s)) }

  /// An exponential, a logarithm of a number near 1 or ½, and a quotient: some tens of roundings.
  private static func check(_ actual: Double, _ expected: Double, _ s: Double) throws {
    try expect(
      actual, expected, within: 64 * Double.ulpOfOne * max(1, abs(expected)), for: "the logit \(s)")
  }
}
