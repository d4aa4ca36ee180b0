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
/// Gradients of gradients are not offered: a pullback computes numbers, not variables. Where a loss contains a
/// gradient, its way back is written forward as operations, as chapter 8 does for its penalty.
///
/// A variable is not meant to be shared between threads.
///
/// Source: reverse accumulation: Linnainmaa, 1970; Baydin, Pearlmutter, Radul and Siskind, "Automatic
/// Differentiation in Machine Learning: a Survey", JMLR 18, 2018.
public final class Variable {
  /// What was computed, or set.
  public internal(set) var value: Tensor

  /// Whether gradients flow to this variable. Of one that no operation computed it can be changed, to freeze a
  /// parameter; it is read when an operation uses the variable and when a gradient arrives.
  public var needsGradient: Bool {
    didSet {
      precondition(
        isLeaf, "needsGradient: an operation computed this variable of shape \(value.shape)")
    }
  }

  /// Whether `backward()` leaves the gradient of this variable in place: true for a parameter or another
  /// variable that no operation computed; set it to look at one in between.
  public var keepsGradient: Bool

  /// ∂L/∂(this variable), as far as it has been added up.
  var stored = GradientStorage()

  /// What this variable was computed from, and what hands its gradient on; both until a backward pass is through.
  private var inputs: [Variable] = []
  var pullback: ((inout Tensor) -> Void)?

  /// Whether no operation computed this variable, whether one has used it, and whether a backward pass has taken
  /// apart how it was computed.
  let isLeaf: Bool
  private(set) var isUsed = false
  private var isSpent = false

  /// Later than the numbers of all inputs: the order in which variables were made.
  private let number = Variable.made.add(1, ordering: .relaxed).newValue
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
    (isLeaf, keepsGradient) = (true, true)
  }

  /// Creates the result of an operation.
  ///
  /// - Parameters:
  ///   - value: the result.
  ///   - inputs: the variables it was computed from; nil for one that is not there, as a layer without biases
  ///     has none.
  ///   - pullback: takes ∂L/∂result and adds to the gradients of those inputs that need one, with
  ///     `addGradient` or `accumulateGradient`. It may change the tensor that it gets.
  public init(
    _ value: Tensor, from inputs: [Variable?], pullback: @escaping (inout Tensor) -> Void
  ) {
    self.value = value
    (isLeaf, keepsGradient) = (false, false)
    needsGradient = Self.isRecording && inputs.contains { $0?.needsGradient == true }
    for input in inputs { input?.isUsed = true }
    guard needsGradient else { return }
    self.inputs = inputs.compactMap(\.self)
    self.pullback = pullback
  }

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
    guard let pullback, var upstream = stored.take(keeping: keepsGradient) else { return }
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
}
