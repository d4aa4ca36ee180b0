import Backprop
import KernelSupport

/// What an optimizer remembers from step to step: a value that a checkpoint can hold.
///
/// The slots stand in the order of the parameters, so that a step looks no name up; the names are there
/// for the checkpoint, and to notice when a step gets other parameters.
public struct OptimizerState: Equatable, Sendable {
  /// How many steps were taken.
  public private(set) var stepCount = 0

  /// The elements of every slot of every parameter, by the slot's number and then the parameter's.
  private var slots: [[[Scalar]]] = []

  private var names: [String] = []
  private var shapes: [[Int]] = []
  private var slotNames: [String] = []

  /// Creates the state before the first step.
  public init() {}

  /// Creates a state from what a checkpoint held.
  init(
    stepCount: Int, tensors: [String: Tensor], for parameters: [NamedParameter],
    _ slotNames: [String]
  ) throws(OptimizerStateError) {
    guard stepCount >= 0 else { throw .negativeStepCount(stepCount) }
    guard stepCount > 0 || !tensors.isEmpty else { return }
    arrange(parameters, slotNames)
    self.stepCount = stepCount
    for (index, parameter) in parameters.enumerated() {
      for (number, slot) in slotNames.enumerated() {
        let name = "\(parameter.name).\(slot)"
        guard let tensor = tensors[name] else { throw .missing(name) }
        guard tensor.shape == shapes[index] else {
          throw .shape(name, found: tensor.shape, expected: shapes[index])
        }
        slots[number][index] = tensor.elements
      }
    }
    let known = Set(self.tensors.keys)
    if let stranger = tensors.keys.filter({ !known.contains($0) }).min() {
      throw .unknown(stranger)
    }
  }

  /// Every slot of every parameter, of the parameter's shape, under the name `PARAMETER.SLOT`: for a
  /// checkpoint.
  public var tensors: [String: Tensor] {
    var tensors: [String: Tensor] = [:]
    for index in names.indices {
      for (number, slot) in slotNames.enumerated() {
        tensors["\(names[index]).\(slot)"] = Tensor(slots[number][index], shape: shapes[index])
      }
    }
    return tensors
  }

  /// Counts a step, after making slots for the first one or a look at the parameters of a later one.
  mutating func begin(with parameters: [NamedParameter], _ slotNames: [String]) {
    if names.isEmpty {
      arrange(parameters, slotNames)
    } else {
      check(parameters)
    }
    stepCount += 1
  }

  /// Makes slots of zeros.
  private mutating func arrange(_ parameters: [NamedParameter], _ slotNames: [String]) {
    parameters.checkDistinct("Optimizer.step")
    names = parameters.map(\.name)
    shapes = parameters.map { $0.variable.value.shape }
    self.slotNames = slotNames
    slots = slotNames.map { _ in
      parameters.map { [Scalar](repeating: 0, count: $0.variable.value.count) }
    }
  }

  /// Lets an update change the slots of one parameter; a slot that the rule does not have is empty.
  mutating func withSlots(
    ofParameter index: Int,
    _ change: (_ first: inout MutableSpan<Scalar>, _ second: inout MutableSpan<Scalar>) -> Void
  ) {
    // Two spans into one array would overlap; swapped with an empty array, a slot costs no copy.
    var first: [Scalar] = []
    var second: [Scalar] = []
    if slots.count > 0 { swap(&first, &slots[0][index]) }
    if slots.count > 1 { swap(&second, &slots[1][index]) }
    var firstSpan = first.mutableSpan
    var secondSpan = second.mutableSpan
    change(&firstSpan, &secondSpan)
    if slots.count > 0 { swap(&first, &slots[0][index]) }
    if slots.count > 1 { swap(&second, &slots[1][index]) }
  }

  /// Stops the program if these are not the parameters of the steps before.
  private func check(_ parameters: [NamedParameter]) {
    precondition(
      parameters.count == names.count,
      "Optimizer.step: \(parameters.count) parameters after steps with \(names.count)")
    for (index, parameter) in parameters.enumerated() {
      precondition(
        parameter.name == names[index] && parameter.variable.value.shape == shapes[index],
        "Optimizer.step: parameter '\(parameter.name)' of shape \(parameter.variable.value.shape) "
          + "where steps before had '\(names[index])' of shape \(shapes[index])")
    }
  }
}

/// A state from a checkpoint that does not fit the optimizer and its parameters.
public enum OptimizerStateError: ReportedError, Equatable {
  /// A slot of a parameter has no tensor.
  case missing(String)
  /// A tensor belongs to no slot of any parameter.
  case unknown(String)
  /// A tensor has another shape than its parameter.
  case shape(String, found: [Int], expected: [Int])
  /// Fewer than no steps were taken.
  case negativeStepCount(Int)

  /// The line that says what is wrong.
  public var description: String {
    switch self {
    case .missing(let name): "optimizer state: there is no tensor '\(name)'"
    case .unknown(let name): "optimizer state: a tensor '\(name)' fits no parameter"
    case .shape(let name, let found, let expected):
      "optimizer state: '\(name)' has the shape \(found), expected \(expected)"
    case .negativeStepCount(let count):
      "optimizer state: a step count of \(count), expected 0 or more"
    }
  }

  /// The status with which it ends a command: bad data.
  public var exitStatus: ExitStatus { .badData }
}
