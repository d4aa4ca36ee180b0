import KernelSupport

/// The programming exercises of chapter 1.
public protocol PerceptronsExercises: Coursework {
  /// Exercise 1: Σᵢ xᵢ yᵢ in eight running sums, added pairwise at the end.
  static func dot(_ x: [Scalar], _ y: [Scalar]) throws -> Scalar

  /// Exercise 2: the weights and the bias after one example, corrected where t (w·x + b) ≤ margin.
  static func marginUpdate(
    weights: [Scalar], bias: Scalar, x: [Scalar], label: Scalar, margin: Scalar
  ) throws -> (weights: [Scalar], bias: Scalar)

  /// Exercise 3: the layers of a threshold network for the exclusive or of so many inputs.
  static func parityNetwork(
    inputCount: Int
  ) throws -> [[(weights: [Scalar], threshold: Scalar)]]

  /// Exercise 4: x σ(x) for every input.
  static func swish(_ x: [Scalar]) throws -> [Scalar]

  /// Exercise 4: ∂L/∂x, where `x` are the inputs and `gradient` is ∂L/∂y.
  static func swishBackward(_ x: [Scalar], gradient: [Scalar]) throws -> [Scalar]

  /// Exercise 5: the change of −½ Σ_{i≠j} Wᵢⱼ yᵢ yⱼ when one neuron flips.
  static func energyChange(
    weights: [Scalar], state: [Scalar], flipping neuron: Int
  ) throws -> Scalar

  /// Exercise 6: a threshold neuron that gives the answers for (0, 0), (0, 1), (1, 0) and (1, 1), if any does.
  static func separator(of answers: [Bool]) throws -> (weights: [Scalar], threshold: Scalar)?

  /// Exercise 7: ∂L/∂w and ∂L/∂b, class by class, of softmax regression's mean cross-entropy.
  static func softmaxGradients(
    weights: [[Scalar]], biases: [Scalar], inputs: [[Scalar]], labels: [Int]
  ) throws -> (weights: [[Scalar]], biases: [Scalar])
}

extension PerceptronsExercises {
  /// `perceptrons`.
  package static var chapter: String { "perceptrons" }

  /// The seven of chapter 1.
  package static var exercises: [Exercise] {
    [
      dotExercise, marginExercise, parityExercise, swishExercise, separatorExercise,
      softmaxExercise, energyExercise,
    ]
  }
}
