import KernelSupport

/// The updates of optimizers: each is one pass over parameters, gradients and what is remembered of them.
///
/// `Naive` holds the contract of every operation and its definition; `Fast` computes the same up to
/// rounding. All spans of one call have the same count.
public protocol UpdateKernels {
  /// A step of gradient descent; contract: `Naive.descend`.
  static func descend(
    _ value: inout MutableSpan<Scalar>, _ gradient: Span<Scalar>, rate: Scalar,
    weightDecay: Scalar)

  /// A step of gradient descent with momentum; contract: `Naive.descendWithMomentum`.
  static func descendWithMomentum(
    _ value: inout MutableSpan<Scalar>, _ gradient: Span<Scalar>,
    velocity: inout MutableSpan<Scalar>, rate: Scalar, momentum: Scalar, dampening: Scalar,
    weightDecay: Scalar, nesterov: Bool)

  /// A step of AdaGrad; contract: `Naive.adaGrad`.
  static func adaGrad(
    _ value: inout MutableSpan<Scalar>, _ gradient: Span<Scalar>,
    squareSum: inout MutableSpan<Scalar>, rate: Scalar, epsilon: Scalar, weightDecay: Scalar)

  /// A step of RMSProp; contract: `Naive.rmsProp`.
  static func rmsProp(
    _ value: inout MutableSpan<Scalar>, _ gradient: Span<Scalar>,
    meanSquare: inout MutableSpan<Scalar>, rate: Scalar, decay: Scalar, epsilon: Scalar,
    weightDecay: Scalar)

  /// A step of Adam or AdamW; contract: `Naive.adam`.
  static func adam(
    _ value: inout MutableSpan<Scalar>, _ gradient: Span<Scalar>,
    firstMoment: inout MutableSpan<Scalar>, secondMoment: inout MutableSpan<Scalar>,
    _ step: AdamStep)

  /// A step of Lion; contract: `Naive.lion`.
  static func lion(
    _ value: inout MutableSpan<Scalar>, _ gradient: Span<Scalar>,
    mean: inout MutableSpan<Scalar>, rate: Scalar, beta1: Scalar, beta2: Scalar,
    weightDecay: Scalar)
}

extension Naive: UpdateKernels {}
extension Fast: UpdateKernels {}

extension Backend {
  /// This backend's updates of parameters.
  public var update: any UpdateKernels.Type { self == .naive ? Naive.self : Fast.self }
}

/// Stops the program unless the gradient and the slots of an update fit its parameters.
func checkUpdate(_ operation: String, _ count: Int, _ gradient: Int, _ slots: Int...) {
  precondition(
    gradient == count && slots.allSatisfy { $0 == count },
    "\(operation): a gradient of \(gradient) and slots of \(slots) elements for \(count)")
}
