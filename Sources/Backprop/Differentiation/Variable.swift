import KernelSupport
import Synchronization

/// A tensor that remembers how it was computed, so that a loss can be differentiated by it.
///
/// Every operation makes a new variable with a *pullback*: a function that takes ∂L/∂(this variable) and
/// adds to the gradients of the variables it was computed from. `backward()` calls the pullbacks from the
/// last operation to the first. That is the chain rule, and all there is to automatic differentiation.
///
///     let x = Variable(Tensor(3), needsGradient: true)
///     let y = x * x + x
///     y.backward()          // x.gradient is now 2 · 3 + 1 = 7
///
/// A variable is not meant to be shared between threads.
///
/// Source: reverse accumulation: Linnainmaa, 1970; Baydin, Pearlmutter, Radul and Siskind, "Automatic
/// Differentiation in Machine Learning: a Survey", JMLR 18, 2018.
public final class Variable {
  /// What was computed, or set.
  public private(set) var value: Tensor

  /// Whether gradients flow to this variable.
  public let needsGradient: Bool

  /// Whether `backward()` leaves the gradient of this variable in place: true for a parameter or another
  /// variable that no operation computed; set it to look at one in between.
  public var keepsGradient: Bool

  private var gradientStorage: Tensor?
  private var hasGradient = false
  private var inputs: [Variable] = []
  private var pullback: ((inout Tensor) -> Void)?

  /// Whether a backward pass has taken apart how this variable was computed.
  private var isSpent = false

  /// Later than the numbers of all inputs: the order in which variables were made.
  private let number: Int
  private static let made = Atomic(0)

  /// Whether operations remember how they were computed; false within `withoutGradients`.
  @TaskLocal private static var isRecording = true

  /// Creates a variable that no operation computed: data, or a parameter.
  ///
  /// - Parameters:
  ///   - value: its value.
  ///   - needsGradient: whether gradients flow to it, as they do to a parameter.
  public init(_ value: Tensor, needsGradient: Bool = false) {
    self.value = value
    self.needsGradient = needsGradient
    keepsGradient = true
    number = Self.made.add(1, ordering: .relaxed).newValue
  }

  /// Creates the result of an operation.
  ///
  /// - Parameters:
  ///   - value: the result.
  ///   - inputs: the variables it was computed from.
  ///   - pullback: takes ∂L/∂result and adds to the gradients of those inputs that need one, with
  ///     `addGradient` or `accumulateGradient`. It may change the tensor that it gets.
  public convenience init(
    _ value: Tensor, from inputs: Variable..., pullback: @escaping (inout Tensor) -> Void
  ) {
    self.init(value, from: inputs, pullback: pullback)
  }

  /// Creates the result of an operation with a list of inputs, some of which may be missing.
  ///
  /// - Parameters:
  ///   - value: the result.
  ///   - inputs: the variables it was computed from.
  ///   - pullback: as above.
  public init(
    _ value: Tensor, from inputs: [Variable], pullback: @escaping (inout Tensor) -> Void
  ) {
    self.value = value
    needsGradient = Self.isRecording && inputs.contains { $0.needsGradient }
    keepsGradient = false
    number = Self.made.add(1, ordering: .relaxed).newValue
    if needsGradient {
      self.inputs = inputs
      self.pullback = pullback
    }
  }

  /// Changes the value in place, as a last step of the operation that computed it.
  ///
  /// An activation that follows another operation needs no memory of its own this way. What the operation
  /// itself remembers of its result stays as it was: tensors are values.
  ///
  /// - Parameters:
  ///   - change: computes the new value from the old one.
  ///   - pullback: gets the new value, and turns ∂L/∂(new value) into ∂L/∂(old value) for the operation's
  ///     own pullback, which follows.
  /// - Precondition: an operation computed this variable, and nothing has been computed from it yet.
  package func amend(
    by change: (inout MutableSpan<Scalar>) -> Void,
    pullback: @escaping (_ output: Tensor, _ gradient: inout Tensor) -> Void
  ) {
    precondition(
      !keepsGradient, "amend: no operation computed this variable of shape \(value.shape)")
    value.update(change)
    guard let earlier = self.pullback else { return }
    let output = value
    self.pullback = { gradient in
      pullback(output, &gradient)
      earlier(&gradient)
    }
  }

  /// ∂L/∂(this variable), of the shape of `value`; nil before a backward pass has reached it.
  public var gradient: Tensor? { hasGradient ? gradientStorage : nil }

  /// Runs `body` with operations that compute values only, as evaluation needs no more.
  public static func withoutGradients<Result>(_ body: () throws -> Result) rethrows -> Result {
    try $isRecording.withValue(false, operation: body)
  }

  /// Computes the gradients of everything that this variable was computed from.
  ///
  /// From the newest variable to the oldest: each is met after all that was computed from it, so its
  /// gradient is complete. The walk takes the graph apart, which frees the memory it held on to; the
  /// gradients of parameters add up from one backward pass to the next until they are cleared.
  ///
  /// - Parameter upstream: ∂L/∂(this variable), of the shape of `value`; 1 where this is the loss.
  /// - Precondition: no earlier backward pass went through any of these operations, as it does where two
  ///   losses share a part of the network: add such losses up first.
  public func backward(_ upstream: Tensor? = nil) {
    precondition(
      upstream != nil || value.count == 1,
      "backward: a variable of shape \(value.shape) is no loss and needs an upstream gradient")
    precondition(
      needsGradient, "backward: nothing that this variable was computed from needs a gradient")
    addGradient(upstream ?? Tensor(repeating: 1, shape: value.shape))
    for variable in history() { variable.propagate() }
  }

  /// This variable and everything that it was computed from and that needs a gradient, newest first.
  private func history() -> [Variable] {
    var found = [self]
    var seen: Set<ObjectIdentifier> = [ObjectIdentifier(self)]
    var next = 0
    while next < found.count {
      for input in found[next].inputs where input.needsGradient {
        if seen.insert(ObjectIdentifier(input)).inserted { found.append(input) }
      }
      next += 1
    }
    return found.sorted { $0.number > $1.number }
  }

  /// Hands the gradient on to the inputs and forgets them.
  private func propagate() {
    precondition(
      !isSpent,
      "backward: an earlier backward pass used up the graph of a variable of shape \(value.shape)")
    guard let pullback, var upstream = takeGradient() else { return }
    pullback(&upstream)
    self.pullback = nil
    inputs = []
    isSpent = true
  }

  /// Takes a graph that no backward pass has taken apart from the last operation to the first.
  ///
  /// Left to itself, each variable would release its inputs from within its own end, and a graph of some
  /// ten thousand operations in a row would overflow the stack.
  deinit {
    var pending = inputs
    pullback = nil
    inputs = []
    while var variable = pending.popLast() {
      guard isKnownUniquelyReferenced(&variable) else { continue }
      pending += variable.inputs
      variable.pullback = nil
      variable.inputs = []
    }
  }

  private func takeGradient() -> Tensor? {
    guard hasGradient else { return nil }
    if keepsGradient { return gradientStorage }
    hasGradient = false
    return gradientStorage.take()
  }

  /// Adds to the gradient, if this variable needs one.
  ///
  /// - Parameter gradient: a term of ∂L/∂(this variable), of the shape of `value`.
  public func addGradient(_ gradient: Tensor) {
    guard needsGradient else { return }
    precondition(
      gradient.shape == value.shape,
      "addGradient: a gradient of shape \(gradient.shape) for a value of shape \(value.shape)")
    guard hasGradient else {
      gradientStorage = gradient
      hasGradient = true
      return
    }
    let term = gradient.elements
    gradientStorage?.update { Backend.current.arithmetic.add(term.span, to: &$0) }
  }

  /// Lets a kernel write the gradient, or add to it, where it lies, if this variable needs one.
  ///
  /// The memory of a gradient outlives its clearing: a training step allocates none for parameters.
  ///
  /// - Parameter kernel: gets the gradient, and whether it must add to what is there.
  public func accumulateGradient(
    _ kernel: (_ gradient: inout MutableSpan<Scalar>, _ accumulating: Bool) -> Void
  ) {
    guard needsGradient else { return }
    let accumulating = hasGradient
    hasGradient = true
    if gradientStorage == nil {
      gradientStorage = Tensor(shape: value.shape) { kernel(&$0, false) }
    } else {
      gradientStorage?.update { kernel(&$0, accumulating) }
    }
  }

  /// Forgets the gradient.
  public func clearGradient() { hasGradient = false }

  /// Changes the value in place, as an optimizer does.
  ///
  /// - Parameter change: gets the elements, and those of the gradient.
  /// - Precondition: there is a gradient.
  public func update(
    _ change: (_ value: inout MutableSpan<Scalar>, _ gradient: Span<Scalar>) -> Void
  ) {
    precondition(hasGradient, "update: a variable of shape \(value.shape) has no gradient")
    guard let gradient = gradientStorage?.elements else { return }
    value.update { change(&$0, gradient.span) }
  }

  /// Sets another value of the same shape, as a checkpoint or a numeric gradient check does.
  public func setValue(_ newValue: Tensor) {
    precondition(
      newValue.shape == value.shape,
      "setValue: a value of shape \(newValue.shape) for one of shape \(value.shape)")
    value = newValue
  }
}
