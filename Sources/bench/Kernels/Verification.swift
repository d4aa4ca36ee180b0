import Foundation
import KernelSupport

/// A fast kernel that computes something else than its definition.
package struct VerificationError: LocalizedError {
  /// The line: which kernel, where, by how much.
  package let errorDescription: String?
}

extension KernelCase {
  /// Compares the fast kernel's results with the definition's, as must come before any timing.
  ///
  /// - Parameters:
  ///   - trial: operands of this case.
  ///   - backend: whose kernel is in question.
  /// - Throws: `VerificationError` if an element deviates by more than the tolerance, or is NaN.
  package func verify(_ trial: KernelTrial, _ backend: Backend = .fast) throws {
    let results = trial.results(backend)
    if let probe = trial.probe, cost.work > Self.naiveLimit {
      let deviation = probe(results)
      guard deviation <= 1 else {
        throw VerificationError(
          errorDescription:
            "\(title): a random combination of the results is off by \(deviation) times "
            + "what rounding explains")
      }
      return
    }
    let expected = trial.results(.naive)
    for (array, (results, expected)) in zip(results, expected).enumerated() {
      for index in expected.indices {
        guard abs(results[index] - expected[index]) <= trial.tolerance else {
          throw VerificationError(
            errorDescription:
              "\(title): element \(index) of array \(array) is \(results[index]), by the "
              + "definition \(expected[index]); \(trial.tolerance) is allowed")
        }
      }
    }
  }
}

/// How far two correct computations of the same formula may be apart.
///
/// ε is the distance from 1 to the next number. A single operation rounds by at most ½ ε of its result.
enum Tolerance {
  /// For a formula without long sums, whose intermediate results stay below `magnitude`: 16 roundings on
  /// each side.
  static func rounding(magnitude: Scalar) -> Scalar { 16 * .ulpOfOne * magnitude }

  /// For a sum of terms in ±1, of either sign: partial sums are about √n, the n roundings of at most ½ ε
  /// of them fall both ways and add up to some ¼ n ε; n ε leaves room for the worst of millions.
  static func signedSum(of count: Int) -> Scalar { Scalar(count + 8) * .ulpOfOne }

  /// For a mean of positive terms about `magnitude`: partial sums grow to n times that, so the roundings,
  /// falling both ways, add up to some ¼ √n ε of the mean.
  static func mean(of count: Int, magnitude: Scalar) -> Scalar {
    2 * Scalar(count).squareRoot() * .ulpOfOne * magnitude
  }
}
