import Foundation
import KernelSupport

extension PerceptronsExercises {
  static var softmaxExercise: Exercise {
    Exercise(
      "softmaxGradients",
      hint:
        "an example's error is softmax minus target, over n; take a row's largest sum out first.",
      [
        Check("it is the slope of the loss") {
          for problem in problems(count: 1) + problems(count: 7) { try hold(problem) }
        },
        Check("with two classes it is the logistic neuron's") {
          for problem in problems(count: 5, classCounts: [2]) { try hold(problem) }
        },
        Check("it survives large sums") {
          let sure = SoftmaxProblem(
            weights: [[1000], [0], [-1000]], biases: [0, 0, 0], inputs: [[1], [-1]], labels: [0, 0])
          let gradients = try softmaxGradients(
            weights: sure.weights, biases: sure.biases, inputs: sure.inputs, labels: sure.labels)
          // The first example is right and costs nothing; the second is given to class 2, not to 0.
          try expect(gradients.weights.flatMap { $0 }, [0.5, 0, -0.5], for: "\(sure), the weights")
          try expect(gradients.biases, [-0.5, 0, 0.5], for: "\(sure), the biases")
        },
      ])
  }

  private static func problems(
    count: Int, classCounts: [Int] = [2, 3, 5]
  ) -> [SoftmaxProblem] {
    var generator = inputGenerator(17)
    return classCounts.flatMap { classCount in
      [1, 2, 4].map { inputCount in
        SoftmaxProblem(
          classCount: classCount, inputCount: inputCount, count: count, using: &generator)
      }
    }
  }

  /// Holds an answer against differences of the loss in double precision.
  private static func hold(_ problem: SoftmaxProblem) throws {
    let gradients = try softmaxGradients(
      weights: problem.weights, biases: problem.biases, inputs: problem.inputs,
      labels: problem.labels)
    guard gradients.weights.count == problem.weights.count else {
      throw Mismatch(
        "for \(problem) expected \(problem.weights.count) rows of weights, got "
          + "\(gradients.weights.count)")
    }
    let expected = problem.slopes
    // Some twenty roundings of numbers up to 2, inputs of up to 2, and what the differences are off by.
    let tolerance = 40 * Scalar.ulpOfOne + 1e-9
    for k in problem.weights.indices {
      try expect(
        gradients.weights[k], expected.weights[k],
        within: expected.weights[k].map { _ in tolerance }, for: "\(problem), class \(k),")
    }
    try expect(
      gradients.biases, expected.biases, within: expected.biases.map { _ in tolerance },
      for: "\(problem), the biases")
  }
}

/// Weights, examples and labels: numbers that are exact in single precision.
private struct SoftmaxProblem: CustomStringConvertible {
  var weights: [[Scalar]]
  var biases: [Scalar]
  let inputs: [[Scalar]]
  let labels: [Int]

  var description: String {
    "weights \(weights), biases \(biases), inputs \(inputs), labels \(labels)"
  }

  /// The mean cross-entropy, in double precision.
  private func loss(_ weights: [[Double]], _ biases: [Double]) -> Double {
    let losses = zip(inputs, labels).map { x, label in
      let z = zip(weights, biases).map { w, b in
        zip(w, x).reduce(b) { $0 + $1.0 * Double($1.1) }
      }
      let largest = z.max() ?? 0
      return Foundation.log(z.reduce(0) { $0 + Foundation.exp($1 - largest) }) + largest - z[label]
    }
    return losses.reduce(0, +) / Double(losses.count)
  }

  /// ∂L/∂w and ∂L/∂b by central differences: off by h² L‴ / 6, below 1e-9, and by 1e-16 / h.
  var slopes: (weights: [[Scalar]], biases: [Scalar]) {
    let (w, b) = (weights.map { $0.map { Double($0) } }, biases.map { Double($0) })
    let h = 0x1p-14
    func slope(_ change: (_ w: inout [[Double]], _ b: inout [Double], _ h: Double) -> Void)
      -> Scalar
    {
      let ends = [h, -h].map { step in
        var (w, b) = (w, b)
        change(&w, &b, step)
        return loss(w, b)
      }
      return Scalar((ends[0] - ends[1]) / (2 * h))
    }
    return (
      w.indices.map { k in w[k].indices.map { i in slope { w, _, h in w[k][i] += h } } },
      b.indices.map { k in slope { _, b, h in b[k] += h } }
    )
  }
}

extension SoftmaxProblem {
  init(
    classCount: Int, inputCount: Int, count: Int, using generator: inout some RandomNumberGenerator
  ) {
    weights = (0..<classCount).map { _ in generator.exactNumbers(inputCount) }
    biases = generator.exactNumbers(classCount)
    inputs = (0..<count).map { _ in generator.exactNumbers(inputCount) }
    labels = (0..<count).map { _ in generator.integer(below: classCount) }
  }
}
