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
