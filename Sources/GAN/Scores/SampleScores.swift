import Backprop
import KernelSupport

/// Scores of samples that need no fit.
public enum SampleScores {
  /// The Wasserstein-1 distance between two lists of equally many numbers: sorted, each goes to its partner.
  ///
  ///     W₁ = mean |a₍ᵢ₎ − b₍ᵢ₎|
  ///
  /// On a line nothing is cheaper than to keep the order.
  public static func wassersteinDistance(_ a: [Scalar], _ b: [Scalar]) -> Double {
    precondition(
      a.count == b.count && !a.isEmpty, "wassersteinDistance: \(a.count) and \(b.count) numbers")
    let distances = zip(a.sorted(), b.sorted()).map { abs(Double($0) - Double($1)) }
    return distances.reduce(0, +) / Double(a.count)
  }

  /// The classifier score: how sure a classifier is of every sample, and how various its answers are.
  ///
  ///     exp( mean over samples of Σ_k p_k ln(p_k / q_k) ),   q = mean p
  ///
  /// From 1, all the same, to the number of classes. It never sees a real example: samples that are all one
  /// perfect image a class get the best score.
  ///
  /// - Parameter probabilities: p, [samples, classes], rows that sum to 1.
  ///
  /// Source: Salimans et al., "Improved Techniques for Training GANs", NIPS 2016.
  public static func classifierScore(_ probabilities: Tensor) -> Double {
    let (count, classes) = (probabilities.rows, probabilities.columns)
    var means = [Double](repeating: 0, count: classes)
    for row in 0..<count {
      for (k, p) in probabilities.row(row).enumerated() { means[k] += Double(p) / Double(count) }
    }
    var divergence = 0.0
    for row in 0..<count {
      for (k, p) in probabilities.row(row).enumerated() where p > 0 {
        let ratio = Scalar.log(p) - Scalar.log(Scalar(means[k]))
        divergence += Double(p) * Double(ratio) / Double(count)
      }
    }
    return Double(Scalar.exp(Scalar(divergence)))
  }

  /// The mean distance between pairs of neighbouring samples: how various they are.
  ///
  /// - Parameter samples: [samples, …], in random order; sample i is compared with i + 1.
  public static func meanPairDistance(_ samples: Tensor) -> Double {
    let count = samples.shape[0]
    precondition(count >= 2, "meanPairDistance: \(count) samples, expected at least 2")
    let length = samples.count / count
    var sum = 0.0
    for first in 0..<count {
      let second = (first + 1) % count
      var square = 0.0
      for index in 0..<length {
        let d =
          Double(samples.elements[first * length + index])
          - Double(samples.elements[second * length + index])
        square += d * d
      }
      sum += square.squareRoot()
    }
    return sum / Double(count)
  }
}
