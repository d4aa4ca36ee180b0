import Grading
import KernelSupport
import Perceptrons

/// Right answers to chapter 1; a wrong one replaces a single function.
protocol RightPerceptrons: PerceptronsExercises {}

extension RightPerceptrons {
  static func dot(_ x: [Scalar], _ y: [Scalar]) throws -> Scalar {
    var s = [Scalar](repeating: 0, count: 8)
    for i in x.indices { s[i % 8] += x[i] * y[i] }
    return ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7]))
  }

  static func marginUpdate(
    weights: [Scalar], bias: Scalar, x: [Scalar], label: Scalar, margin: Scalar
  ) throws -> (weights: [Scalar], bias: Scalar) {
    let sum = zip(weights, x).reduce(bias) { $0 + $1.0 * $1.1 }
    guard label * sum <= margin else { return (weights, bias) }
    return (zip(weights, x).map { $0 + label * $1 }, bias + label)
  }

  static func parityNetwork(
    inputCount: Int
  ) throws -> [[(weights: [Scalar], threshold: Scalar)]] {
    let ones = [Scalar](repeating: 1, count: inputCount)
    return [
      (1...inputCount).map { (ones, Scalar($0) - 0.5) },
      [((0..<inputCount).map { $0.isMultiple(of: 2) ? 1 : -1 }, 0.5)],
    ]
  }

  static func swish(_ x: [Scalar]) throws -> [Scalar] { x.map { $0 / (1 + Scalar.exp(-$0)) } }

  static func swishBackward(_ x: [Scalar], gradient: [Scalar]) throws -> [Scalar] {
    zip(x, gradient).map { x, gradient in
      let sigmoid = 1 / (1 + Scalar.exp(-x))
      return gradient * sigmoid * (1 + x * (1 - sigmoid))
    }
  }

  static func energyChange(
    weights: [Scalar], state: [Scalar], flipping neuron: Int
  ) throws -> Scalar {
    var field: Scalar = 0
    for j in state.indices where j != neuron {
      field += weights[neuron * state.count + j] * state[j]
    }
    return 2 * state[neuron] * field
  }

  static func separator(of answers: [Bool]) throws -> (weights: [Scalar], threshold: Scalar)? {
    for w1: Scalar in [-1, 0, 1] {
      for w2: Scalar in [-1, 0, 1] {
        for threshold: Scalar in [-1.5, -0.5, 0.5, 1.5]
        where [0, w2, w1, w1 + w2].map({ $0 >= threshold }) == answers {
          return ([w1, w2], threshold)
        }
      }
    }
    return nil
  }

  static func softmaxGradients(
    weights: [[Scalar]], biases: [Scalar], inputs: [[Scalar]], labels: [Int]
  ) throws -> (weights: [[Scalar]], biases: [Scalar]) {
    var gradients = (
      weights: weights.map { $0.map { _ in 0 as Scalar } }, biases: biases.map { _ in 0 as Scalar }
    )
    for (x, label) in zip(inputs, labels) {
      let z = zip(weights, biases).map { w, b in zip(w, x).reduce(b) { $0 + $1.0 * $1.1 } }
      let exponentials = z.map { Scalar.exp($0 - z.reduce(-.infinity, max)) }
      for k in z.indices {
        let p = exponentials[k] / exponentials.reduce(0, +)
        let share = (p - (k == label ? 1 : 0)) / Scalar(labels.count)
        for i in x.indices { gradients.weights[k][i] += share * x[i] }
        gradients.biases[k] += share
      }
    }
    return gradients
  }
}

enum RightPerceptronsAnswers: RightPerceptrons {}

enum SingleSumDot: RightPerceptrons {
  static func dot(_ x: [Scalar], _ y: [Scalar]) throws -> Scalar {
    zip(x, y).reduce(0) { $0 + $1.0 * $1.1 }
  }
}

enum RemainderLeftOut: RightPerceptrons {
  static func dot(_ x: [Scalar], _ y: [Scalar]) throws -> Scalar {
    let count = x.count / 8 * 8
    return try RightPerceptronsAnswers.dot(Array(x[..<count]), Array(y[..<count]))
  }
}

enum MarginLeftOut: RightPerceptrons {
  static func marginUpdate(
    weights: [Scalar], bias: Scalar, x: [Scalar], label: Scalar, margin: Scalar
  ) throws -> (weights: [Scalar], bias: Scalar) {
    try RightPerceptronsAnswers.marginUpdate(
      weights: weights, bias: bias, x: x, label: label, margin: 0)
  }
}

enum StrictMargin: RightPerceptrons {
  static func marginUpdate(
    weights: [Scalar], bias: Scalar, x: [Scalar], label: Scalar, margin: Scalar
  ) throws -> (weights: [Scalar], bias: Scalar) {
    try RightPerceptronsAnswers.marginUpdate(
      weights: weights, bias: bias, x: x, label: label, margin: margin.nextDown)
  }
}

enum AlwaysCorrecting: RightPerceptrons {
  static func marginUpdate(
    weights: [Scalar], bias: Scalar, x: [Scalar], label: Scalar, margin: Scalar
  ) throws -> (weights: [Scalar], bias: Scalar) {
    (zip(weights, x).map { $0 + label * $1 }, bias + label)
  }
}

enum ExclusiveOrOfTwo: RightPerceptrons {
  static func parityNetwork(
    inputCount: Int
  ) throws -> [[(weights: [Scalar], threshold: Scalar)]] {
    try RightPerceptronsAnswers.parityNetwork(inputCount: min(2, inputCount))
  }
}

/// One hidden neuron for every input pattern of odd parity.
enum ExponentialParity: RightPerceptrons {
  static func parityNetwork(
    inputCount: Int
  ) throws -> [[(weights: [Scalar], threshold: Scalar)]] {
    let odd = (0..<1 << inputCount).filter { !$0.nonzeroBitCount.isMultiple(of: 2) }
    let hidden = odd.map { pattern in
      (
        weights: (0..<inputCount).map { pattern >> $0 & 1 == 1 ? Scalar(1) : -1 },
        threshold: Scalar(pattern.nonzeroBitCount) - 0.5
      )
    }
    return [hidden, [([Scalar](repeating: 1, count: odd.count), 0.5)]]
  }
}

enum NoOutput: RightPerceptrons {
  static func parityNetwork(
    inputCount: Int
  ) throws -> [[(weights: [Scalar], threshold: Scalar)]] { [] }
}

enum OverflowingSwish: RightPerceptrons {
  static func swish(_ x: [Scalar]) throws -> [Scalar] {
    x.map { $0 * Scalar.exp($0) / (1 + Scalar.exp($0)) }
  }
}

enum SigmoidInsteadOfSwish: RightPerceptrons {
  static func swish(_ x: [Scalar]) throws -> [Scalar] { x.map { 1 / (1 + Scalar.exp(-$0)) } }
}

/// Forgets the second term of the product rule.
enum HalfAProductRule: RightPerceptrons {
  static func swishBackward(_ x: [Scalar], gradient: [Scalar]) throws -> [Scalar] {
    zip(x, gradient).map { $1 / (1 + Scalar.exp(-$0)) }
  }
}

enum DiagonalIncluded: RightPerceptrons {
  static func energyChange(
    weights: [Scalar], state: [Scalar], flipping neuron: Int
  ) throws -> Scalar {
    let row = weights[neuron * state.count..<(neuron + 1) * state.count]
    return 2 * state[neuron] * zip(row, state).reduce(0) { $0 + $1.0 * $1.1 }
  }
}

enum WrongSign: RightPerceptrons {
  static func energyChange(
    weights: [Scalar], state: [Scalar], flipping neuron: Int
  ) throws -> Scalar {
    -(try RightPerceptronsAnswers.energyChange(weights: weights, state: state, flipping: neuron))
  }
}

enum TwoWholeEnergies: RightPerceptrons {
  static func energyChange(
    weights: [Scalar], state: [Scalar], flipping neuron: Int
  ) throws -> Scalar {
    var flipped = state
    flipped[neuron] = -flipped[neuron]
    func energy(_ s: [Scalar]) -> Scalar {
      var sum: Scalar = 0
      for i in s.indices {
        for j in s.indices where j != i { sum += weights[i * s.count + j] * s[i] * s[j] }
      }
      return -sum / 2
    }
    return energy(flipped) - energy(state)
  }
}

/// Takes the four corners as if every function had its line.
enum AlwaysALine: RightPerceptrons {
  static func separator(of answers: [Bool]) throws -> (weights: [Scalar], threshold: Scalar)? {
    try RightPerceptronsAnswers.separator(of: answers) ?? ([1, 1], 0.5)
  }
}

/// Knows no negative weights.
enum ExcitingOnly: RightPerceptrons {
  static func separator(of answers: [Bool]) throws -> (weights: [Scalar], threshold: Scalar)? {
    guard let neuron = try RightPerceptronsAnswers.separator(of: answers),
      neuron.weights.allSatisfy({ $0 >= 0 })
    else { return nil }
    return neuron
  }
}

/// Fires where the sum is above the threshold, and not where it reaches it.
enum ThresholdOnTheCorner: RightPerceptrons {
  static func separator(of answers: [Bool]) throws -> (weights: [Scalar], threshold: Scalar)? {
    try RightPerceptronsAnswers.separator(of: answers).map { ($0.weights, $0.threshold - 0.5) }
  }
}

/// The sum over the examples in place of their mean.
enum SummedSoftmax: RightPerceptrons {
  static func softmaxGradients(
    weights: [[Scalar]], biases: [Scalar], inputs: [[Scalar]], labels: [Int]
  ) throws -> (weights: [[Scalar]], biases: [Scalar]) {
    let mean = try RightPerceptronsAnswers.softmaxGradients(
      weights: weights, biases: biases, inputs: inputs, labels: labels)
    let count = Scalar(labels.count)
    return (mean.weights.map { $0.map { $0 * count } }, mean.biases.map { $0 * count })
  }
}

/// The direction of descent, not the gradient.
enum DescendingSoftmax: RightPerceptrons {
  static func softmaxGradients(
    weights: [[Scalar]], biases: [Scalar], inputs: [[Scalar]], labels: [Int]
  ) throws -> (weights: [[Scalar]], biases: [Scalar]) {
    let right = try RightPerceptronsAnswers.softmaxGradients(
      weights: weights, biases: biases, inputs: inputs, labels: labels)
    return (right.weights.map { $0.map { -$0 } }, right.biases.map { -$0 })
  }
}

/// The exponentials as the formula has them.
enum OverflowingSoftmax: RightPerceptrons {
  static func softmaxGradients(
    weights: [[Scalar]], biases: [Scalar], inputs: [[Scalar]], labels: [Int]
  ) throws -> (weights: [[Scalar]], biases: [Scalar]) {
    let right = try RightPerceptronsAnswers.softmaxGradients(
      weights: weights, biases: biases, inputs: inputs, labels: labels)
    let largest = zip(weights, biases).map { w, b in
      zip(w, inputs[0]).reduce(b) { $0 + $1.0 * $1.1 }
    }
    .reduce(-.infinity, max)
    let factor = Scalar.exp(largest) / Scalar.exp(largest)
    return (right.weights.map { $0.map { $0 * factor } }, right.biases.map { $0 * factor })
  }
}
