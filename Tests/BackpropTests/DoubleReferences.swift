import Foundation
import KernelSupport

/// eˣ of the C library in double precision.
func exponential(_ x: Double) -> Double { Foundation.exp(x) }

/// The mean cross-entropy of yes-or-no answers in double precision.
func binaryCrossEntropy(logits: [Scalar], _ target: [Scalar]) -> Double {
  let terms = zip(logits, target).map { x, t in
    let (x, t) = (Double(x), Double(t))
    return max(x, 0) - x * t + log1p(exp(-abs(x)))
  }
  return terms.reduce(0, +) / Double(logits.count)
}

/// The probabilities of each row and their mean cross-entropy in double precision.
func softmaxCrossEntropy(
  logits: [Scalar], columns: Int, labels: [Int]
) -> (probabilities: [Double], loss: Double) {
  var probabilities: [Double] = []
  var loss = 0.0
  for (row, label) in labels.enumerated() {
    let scores = logits[row * columns..<(row + 1) * columns].map { Double($0) }
    let largest = scores.max() ?? 0
    let powers = scores.map { exp($0 - largest) }
    let sum = powers.reduce(0, +)
    probabilities += powers.map { $0 / sum }
    loss += log(sum) - (scores[label] - largest)
  }
  return (probabilities, loss / Double(labels.count))
}

/// ln(1 + eˣ) in double precision.
func logOfOnePlusExponential(_ x: Double) -> Double { log1p(exp(-abs(x))) + max(x, 0) }
