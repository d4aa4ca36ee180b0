import KernelSupport

/// The sizes of a recurrent layer's work: sequences, steps, units, and how long each sequence really is.
///
/// Tensors are [batch, time, feature]: a sequence's steps follow one another in memory.
public struct RecurrentShape: Hashable, Sendable {
  /// How many sequences there are.
  public let batch: Int
  /// How many steps each has, padding included.
  public let time: Int
  /// How many units the layer has.
  public let units: Int
  /// The length of every sequence without its padding; empty where none has any.
  public let lengths: [Int]

  /// Describes a batch of sequences.
  ///
  /// - Parameters:
  ///   - batch: how many sequences, at least 0.
  ///   - time: how many steps, at least 0.
  ///   - units: how many units, at least 1.
  ///   - lengths: a number in 0...time for every sequence; nil where all are `time` long.
  public init(batch: Int, time: Int, units: Int, lengths: [Int]? = nil) {
    precondition(
      batch >= 0 && time >= 0 && units >= 1,
      "RecurrentShape: \(batch) sequences of \(time) steps and \(units) units")
    precondition(
      lengths.map { $0.count == batch && $0.allSatisfy((0...time).contains) } ?? true,
      "RecurrentShape: lengths \(lengths ?? []) for \(batch) sequences of \(time) steps")
    self.batch = batch
    self.time = time
    self.units = units
    self.lengths = lengths ?? []
  }

  /// Whether a sequence is still going on at a step.
  @inlinable
  public func isWithin(_ sequence: Int, _ step: Int) -> Bool {
    lengths.isEmpty || step < lengths[sequence]
  }

  /// Where a step of a sequence begins in [batch, time, width].
  @inlinable
  func start(_ sequence: Int, _ step: Int, _ width: Int) -> Int {
    (sequence * time + step) * width
  }

  /// Stops the program unless the operands have the counts that this shape asks for.
  ///
  /// - Parameters:
  ///   - operation: what is computed.
  ///   - gates: how many sums a unit has in each step.
  ///   - sums: the elements of [batch, time, gates · units].
  ///   - weight: the elements of [units, gates · units].
  ///   - sequences: the elements of operands of the shape [batch, time, units].
  ///   - states: the elements of operands of the shape [batch, units].
  func check(
    _ operation: String, gates: Int, sums: Int, weight: Int, sequences: [Int], states: [Int]
  ) {
    precondition(
      sums == batch * time * gates * units && weight == units * gates * units
        && sequences.allSatisfy { $0 == batch * time * units }
        && states.allSatisfy { $0 == batch * units },
      "\(operation): \(sums) sums, \(weight) weights, sequences of \(sequences) and states of "
        + "\(states) elements for \(batch) × \(time) × \(units) and \(gates) gates")
  }
}
