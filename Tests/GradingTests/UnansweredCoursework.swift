import Grading
import KernelSupport

enum UnansweredPerceptrons: PerceptronsExercises {
  static func dot(_ x: [Scalar], _ y: [Scalar]) throws -> Scalar { throw Unanswered() }

  static func marginUpdate(
    weights: [Scalar], bias: Scalar, x: [Scalar], label: Scalar, margin: Scalar
  ) throws -> (weights: [Scalar], bias: Scalar) { throw Unanswered() }

  static func parityNetwork(
    inputCount: Int
  ) throws -> [[(weights: [Scalar], threshold: Scalar)]] { throw Unanswered() }

  static func swish(_ x: [Scalar]) throws -> [Scalar] { throw Unanswered() }

  static func swishBackward(_ x: [Scalar], gradient: [Scalar]) throws -> [Scalar] {
    throw Unanswered()
  }

  static func energyChange(
    weights: [Scalar], state: [Scalar], flipping neuron: Int
  ) throws -> Scalar { throw Unanswered() }

  static func separator(of answers: [Bool]) throws -> (weights: [Scalar], threshold: Scalar)? {
    throw Unanswered()
  }

  static func softmaxGradients(
    weights: [[Scalar]], biases: [Scalar], inputs: [[Scalar]], labels: [Int]
  ) throws -> (weights: [[Scalar]], biases: [Scalar]) { throw Unanswered() }
}

enum UnansweredBackprop: BackpropExercises {
  static func lossAndGradients(
    of network: TwoLayers, input: [[Double]], target: [[Double]]
  ) throws -> (loss: Double, gradients: TwoLayers) { throw Unanswered() }

  static func softmaxCrossEntropy(
    _ logits: [[Double]], labels: [Int]
  ) throws -> (loss: Double, gradient: [[Double]]) { throw Unanswered() }

  static func gradients(of tape: [TapeOperation]) throws -> [Double] { throw Unanswered() }

  static func productPullback(
    x: Double, y: Double, upstream: Double
  ) throws -> (x: Double, y: Double) { throw Unanswered() }

  static func quotientPullback(
    x: Double, y: Double, upstream: Double
  ) throws -> (x: Double, y: Double) { throw Unanswered() }

  static func meanPullback(count: Int, upstream: Double) throws -> [Double] { throw Unanswered() }

  static func addingRowPullback(
    upstream: [[Double]]
  ) throws -> (x: [[Double]], row: [Double]) { throw Unanswered() }

  static func softmaxPullback(output: [Double], upstream: [Double]) throws -> [Double] {
    throw Unanswered()
  }

  static func slope(of f: (Double) -> Double, at x: Double, step h: Double) throws -> Double {
    throw Unanswered()
  }

  static func leakyVariance(inputs: Int, slope: Double) throws -> Double { throw Unanswered() }

  static func fastProduct(
    _ a: [Scalar], _ b: [Scalar], rows: Int, columns: Int, inner: Int
  ) throws -> [Scalar] { throw Unanswered() }
}

enum UnansweredOptimizers: OptimizersExercises {
  static func largestRate(curvatures: [Double], momentum: Double) throws -> Double {
    throw Unanswered()
  }

  static func adam(
    _ weights: [Double], gradients: [[Double]], rate: Double, decay: Double
  ) throws -> [Double] { throw Unanswered() }

  static func clipped(_ gradients: [[Double]], toNorm limit: Double) throws -> [[Double]] {
    throw Unanswered()
  }

  static func learningRate(step: Int, warmUp: Int, total: Int, peak: Double) throws -> Double {
    throw Unanswered()
  }

  static func stoppingEpoch(losses: [Double], patience: Int) throws -> (stop: Int, best: Int) {
    throw Unanswered()
  }

  static func pace(product: Double, momentum: Double, share: Double) throws -> Double {
    throw Unanswered()
  }

  static func divergingRate(
    gradient: (_ w: [Double]) -> [Double], at place: [Double]
  ) throws -> Double { throw Unanswered() }

  static func fairContest(
    ruleCount: Int, rates: [Double], seeds: [UInt64],
    validationLoss: (_ rule: Int, _ rate: Double, _ seed: UInt64) -> Double,
    testLoss: (_ rule: Int, _ rate: Double, _ seed: UInt64) -> Double
  ) throws -> (rule: Int, rate: Double, testLosses: [Double]) { throw Unanswered() }
}

enum UnansweredCNN: CNNExercises {
  static func fieldOfView(
    of windows: [RowWindow], on size: Int
  ) throws -> (outputs: Int, pixels: Int) { throw Unanswered() }

  static func averagePoolingBackward(
    _ gradient: [Scalar], size: Int, window: Int, stride: Int, padding: Int, countsPadding: Bool
  ) throws -> [Scalar] { throw Unanswered() }

  static func factors(
    of kernel: [Scalar], side: Int
  ) throws -> (column: [Scalar], row: [Scalar])? { throw Unanswered() }

  static func folded(
    weight: [Scalar], mean: [Scalar], variance: [Scalar], epsilon: Scalar, scale: [Scalar],
    shift: [Scalar]
  ) throws -> (weight: [Scalar], bias: [Scalar]) { throw Unanswered() }

  static func tapGradient(
    _ x: [Scalar], gradient: [Scalar], times multiply: (Scalar, Scalar) -> Scalar
  ) throws -> [Scalar] { throw Unanswered() }

  static func cost(
    of layers: [StackedLayer], side: Int, channels: Int
  ) throws -> (multiplyAdds: Int, parameters: Int) { throw Unanswered() }

  static func separable(
    _ x: [Scalar], channels: Int, taps: [Scalar], points: [Scalar], gradient: [Scalar]
  ) throws -> (output: [Scalar], input: [Scalar], taps: [Scalar], points: [Scalar]) {
    throw Unanswered()
  }
}

/// Nothing of chapter 5.
enum UnansweredRNN: RNNExercises {
  static func lstmStep(sums: LSTMSums, cell: Double) throws -> (hidden: Double, cell: Double) {
    throw Unanswered()
  }
  static func lstmStepBackward(
    sums: LSTMSums, cell: Double, hiddenGradient: Double, cellGradient: Double
  ) throws -> (sums: LSTMSums, cell: Double) {
    throw Unanswered()
  }
  static func recurrentGradient(weight: Double, inputs: [Double]) throws -> Double {
    throw Unanswered()
  }
  static func reversed(_ steps: [Double], length: Int) throws -> [Double] { throw Unanswered() }
  static func entropy(of states: [[(probability: Double, next: Int?)]]) throws -> Double {
    throw Unanswered()
  }
}
