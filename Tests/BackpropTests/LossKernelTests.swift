import Backprop
import KernelSupport
import TestSupport
import Testing

/// The losses; what is claimed of one of them is told in `Chapters/Guides/SoftmaxCrossEntropy.md`.
@Suite struct LossKernelTests {
  static let counts = awkwardCounts.filter { $0 > 0 }

  /// Squares of multiples of ¼ up to 4: their sums, below 2¹⁹ here, are exact.
  @Test(arguments: counts)
  func `fast mean squared error equals the definition`(count: Int) {
    let (p, t) = (exactNumbers(count: count, seed: 1), exactNumbers(count: count, seed: 2))
    #expect(Fast.meanSquaredError(p.span, t.span) == Naive.meanSquaredError(p.span, t.span))
  }

  @Test(arguments: Backend.allCases)
  func `a small mean squared error is right`(backend: Backend) {
    let (p, t): ([Scalar], [Scalar]) = ([1, 2, 3, 4], [1, 0, 4, 1])
    #expect(backend.loss.meanSquaredError(p.span, t.span) == 14.0 / 4)
  }

  /// The terms are positive, so a sum that adds n of them one by one errs by at most n/2 ulp, and one in
  /// eight lanes and blocks of 32,768 by those of a lane, the lanes and the blocks. A term's own
  /// exponential, logarithm and three operations err by 4 ulp of up to 8, where the mean is above 1.
  @Test(arguments: counts, Backend.allCases)
  func `binary cross-entropy agrees with double precision`(count: Int, backend: Backend) {
    let logits = numbersOffZero(count: count, seed: 3)
    let target = exactNumbers(count: count, seed: 4).map { ($0 + 2) / 4 }
    let expected = binaryCrossEntropy(logits: logits, target)
    let additions = backend == .naive ? count : min(count, 32_768) / 8 + 8 + count / 32_768
    expectClose(
      [backend.loss.binaryCrossEntropy(logits: logits.span, target.span)], [Scalar(expected)],
      within: Scalar(additions + 32) * .ulpOfOne)
  }

  @Test(arguments: [(1, 1), (1, 7), (3, 8), (7, 10), (5, 17), (33, 31), (3, 1031), (5000, 10)])
  func `softmax cross-entropy agrees with double precision`(shape: (rows: Int, columns: Int)) {
    let (rows, columns) = shape
    let logits = numbersOffZero(count: rows * columns, seed: 5)
    var generator = SeededGenerator(seed: 6)
    let labels = (0..<rows).map { _ in generator.integer(below: columns) }
    let expected = softmaxCrossEntropy(logits: logits, columns: columns, labels: labels)
    // The two sums err by half an ulp for each of their positive terms; a term by a few ulp of up to 8.
    let tolerance = Scalar(rows + columns + 32) * .ulpOfOne
    for backend in Backend.allCases {
      var loss: Scalar = 0
      let probabilities = changed(logits) {
        loss = backend.loss.softmaxCrossEntropy(&$0, columns: columns, labels: labels.span)
      }
      expectClose([loss], [Scalar(expected.loss)], within: tolerance, "\(backend)")
      expectClose(
        probabilities, expected.probabilities.map { Scalar($0) },
        within: Scalar(columns + 8) * .ulpOfOne, "\(backend)")
      let gradient = changed(probabilities) {
        backend.loss.softmaxCrossEntropyBackward(
          columns: columns, labels: labels.span, upstream: -0.7, gradient: &$0)
      }
      let expectedGradient = expected.probabilities.indices.map { index in
        let target: Double = labels[index / columns] == index % columns ? 1 : 0
        return Scalar(-0.7 / Double(rows) * (expected.probabilities[index] - target))
      }
      expectClose(
        gradient, expectedGradient, within: Scalar(columns + 8) * .ulpOfOne, "\(backend)")
    }
  }

  @Test(arguments: Backend.allCases)
  func `losses of certain answers are finite`(backend: Backend) {
    let logits: [Scalar] = [1000, -1000, 1000, -1000]
    let target: [Scalar] = [1, 0, 0, 1]
    #expect(backend.loss.binaryCrossEntropy(logits: logits.span, target.span) == 500)
    let gradient = changed(logits) {
      backend.loss.binaryCrossEntropyBackward(target: target.span, upstream: 4, gradient: &$0)
    }
    #expect(gradient == [0, 0, 1, -1])
    var loss: Scalar = 0
    let probabilities = changed(logits) {
      loss = backend.loss.softmaxCrossEntropy(&$0, columns: 2, labels: [0, 1].span)
    }
    #expect(loss == 1000 && probabilities == [1, 0, 1, 0])
  }

  @Test func `the number of threads changes no bit`() {
    let x = numbersOffZero(count: 200_010, seed: 7)
    let t = numbersOffZero(count: 200_010, seed: 8)
    let labels = (0..<20_001).map { $0 % 10 }
    let results = withThreads {
      var loss: Scalar = 0
      let probabilities = changed(x) {
        loss = Fast.softmaxCrossEntropy(&$0, columns: 10, labels: labels.span)
      }
      let gradient = changed(probabilities) {
        Fast.softmaxCrossEntropyBackward(
          columns: 10, labels: labels.span, upstream: 0.7, gradient: &$0)
      }
      let losses = [
        loss, Fast.meanSquaredError(x.span, t.span),
        Fast.binaryCrossEntropy(logits: x.span, t.span),
      ]
      return [probabilities, gradient, losses]
    }
    #expect(results.allSatisfy { $0 == results[0] })
  }
}
