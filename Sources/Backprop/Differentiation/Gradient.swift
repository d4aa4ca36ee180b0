import KernelSupport
import Perceptrons

/// The memory of a gradient, which outlives its clearing: a training step allocates none for parameters.
struct GradientStorage {
  /// The sum of what was added, or what is left of an earlier one.
  private(set) var tensor: Tensor?
  /// Whether anything was added since it was cleared.
  private(set) var isSet = false

  mutating func clear() { isSet = false }

  /// The sum, which stays only if it is to be kept.
  mutating func take(keeping: Bool) -> Tensor? {
    guard isSet else { return nil }
    if keeping { return tensor }
    isSet = false
    return tensor.take()
  }

  mutating func add(_ term: Tensor) {
    guard isSet else {
      (tensor, isSet) = (term, true)
      return
    }
    let elements = term.elements
    tensor?.update { Backend.current.arithmetic.add(elements.span, to: &$0) }
  }

  mutating func accumulate(
    shape: [Int], _ kernel: (_ gradient: inout MutableSpan<Scalar>, _ accumulating: Bool) -> Void
  ) {
    let accumulating = isSet
    isSet = true
    if tensor == nil {
      tensor = Tensor(shape: shape) { kernel(&$0, false) }
    } else {
      tensor?.update { kernel(&$0, accumulating) }
    }
  }
}

extension Variable {
  /// ∂L/∂(this variable), of the shape of `value`; nil before a backward pass has reached it.
  public var gradient: Tensor? { stored.isSet ? stored.tensor : nil }

  /// Adds to the gradient, if this variable needs one.
  ///
  /// - Parameter gradient: a term of ∂L/∂(this variable), of the shape of `value`.
  public func addGradient(_ gradient: Tensor) {
    guard needsGradient else { return }
    precondition(
      gradient.shape == value.shape,
      "addGradient: a gradient of shape \(gradient.shape) for a value of shape \(value.shape)")
    stored.add(gradient)
  }

  /// Lets a kernel write the gradient, or add to it, where it lies, if this variable needs one.
  ///
  /// - Parameter kernel: gets the gradient, and whether it must add to what is there.
  public func accumulateGradient(
    _ kernel: (_ gradient: inout MutableSpan<Scalar>, _ accumulating: Bool) -> Void
  ) {
    guard needsGradient else { return }
    stored.accumulate(shape: value.shape, kernel)
  }

  /// Forgets the gradient.
  public func clearGradient() { stored.clear() }
}
