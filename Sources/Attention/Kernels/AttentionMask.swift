import KernelSupport

/// Which keys a query may look at.
///
///     .none                         all of them
///     .causal                       those that stand no later than the query itself
///     .lengths([5, 3])              the first 5 keys in the first sequence, the first 3 in the second
///     .allowing(pattern)            any set of pairs
///     .causal.and(.lengths([5, 3])) what both allow
///
/// A type and not an array of Bools, since half of all libraries mean by `true` that a pair is kept and the
/// other half that it is dropped.
///
/// **Causal masks align bottom right.** The last query stands where the last key stands, whatever the two counts are:
/// query i of n sees the keys 0 ... i + m − n of m. So one query against a cache of m keys sees all of
/// them. With fewer keys than queries, the first queries see nothing.
public struct AttentionMask: Sendable, Hashable {
  /// Whether a query sees only keys that stand no later than itself.
  public private(set) var isCausal = false

  /// How many keys of every sequence of the batch there are; nil for all.
  public private(set) var lengths: [Int]?

  /// The pairs that are allowed beside those rules; nil for all.
  public private(set) var pattern: AttentionPattern?

  /// Every query sees every key.
  public static let none = AttentionMask()

  /// A query sees only keys that stand no later than itself; aligned bottom right.
  public static let causal = AttentionMask(isCausal: true)

  /// A query sees the first keys only: what follows is padding.
  ///
  /// - Parameter lengths: how many keys of each sequence count, at least 0; none of them allows nothing.
  public static func lengths(_ lengths: [Int]) -> AttentionMask {
    AttentionMask(lengths: lengths)
  }

  /// A query sees what a pattern allows.
  public static func allowing(_ pattern: AttentionPattern) -> AttentionMask {
    AttentionMask(pattern: pattern)
  }

  /// What this mask and another one allow.
  ///
  /// - Precondition: at most one of them has lengths, and at most one a pattern.
  public func and(_ other: AttentionMask) -> AttentionMask {
    precondition(
      (lengths == nil || other.lengths == nil) && (pattern == nil || other.pattern == nil),
      "AttentionMask.and: both masks have lengths, or both have a pattern")
    return AttentionMask(
      isCausal: isCausal || other.isCausal, lengths: lengths ?? other.lengths,
      pattern: pattern ?? other.pattern)
  }

  /// Whether a query may look at a key.
  ///
  /// - Parameters:
  ///   - batch: the number of the sequence.
  ///   - query: i.
  ///   - key: j.
  ///   - shape: how many queries and keys there are.
  public func allows(batch: Int, query: Int, key: Int, _ shape: AttentionShape) -> Bool {
    key < keyLimit(batch: batch, query: query, shape)
      && (pattern?.allows(batch: batch, query: query, key: key) ?? true)
  }

  /// Beyond this key a query sees nothing; what a pattern allows is among those before it.
  ///
  /// It does not fall from one query to the next: the last query of a block has the largest.
  func keyLimit(batch: Int, query: Int, _ shape: AttentionShape) -> Int {
    let length = lengths?[batch] ?? shape.keys
    return isCausal ? max(0, min(length, query + 1 + shape.keys - shape.queries)) : length
  }

  /// Stops the program unless the mask fits.
  func check(_ operation: String, _ shape: AttentionShape) {
    if let lengths {
      precondition(
        lengths.count == shape.batch && lengths.allSatisfy { (0...shape.keys).contains($0) },
        "\(operation): a mask of lengths \(lengths) for \(shape.batch) sequences of \(shape.keys) "
          + "keys")
    }
    if let pattern {
      precondition(
        pattern.queries == shape.queries && pattern.keys == shape.keys
          && (pattern.batch == 1 || pattern.batch == shape.batch),
        "\(operation): a mask of shape \([pattern.batch, pattern.queries, pattern.keys]) for "
          + "\([shape.batch, shape.queries, shape.keys]), batch, queries and keys")
    }
  }
}

/// Pairs of queries and keys, the same for every head.
public struct AttentionPattern: Sendable, Hashable {
  /// The sequences that have a pattern of their own; 1 where all share one.
  public let batch: Int
  /// The number of queries.
  public let queries: Int
  /// The number of keys.
  public let keys: Int
  /// 0 for a pair that is allowed and −∞ for one that is not, [batch, queries, keys].
  let penalties: [Scalar]

  /// Makes a pattern from a rule that all sequences share.
  ///
  /// - Parameters:
  ///   - queries: the number of queries.
  ///   - keys: the number of keys.
  ///   - isAllowed: whether a query may look at a key.
  public init(queries: Int, keys: Int, where isAllowed: (_ query: Int, _ key: Int) -> Bool) {
    self.init(batch: 1, queries: queries, keys: keys) { isAllowed($1, $2) }
  }

  /// Makes a pattern from a rule.
  ///
  /// - Parameters:
  ///   - batch: the number of sequences; 1 stands for any number of them.
  ///   - queries: the number of queries.
  ///   - keys: the number of keys.
  ///   - isAllowed: whether a query may look at a key.
  public init(
    batch: Int, queries: Int, keys: Int,
    where isAllowed: (_ batch: Int, _ query: Int, _ key: Int) -> Bool
  ) {
    self.batch = batch
    self.queries = queries
    self.keys = keys
    var penalties: [Scalar] = []
    penalties.reserveCapacity(batch * queries * keys)
    for b in 0..<batch {
      for i in 0..<queries {
        for j in 0..<keys { penalties.append(isAllowed(b, i, j) ? 0 : -.infinity) }
      }
    }
    self.penalties = penalties
  }

  /// Whether a query may look at a key.
  public func allows(batch: Int, query: Int, key: Int) -> Bool {
    penalties[rowStart(batch: batch, query: query) + key] == 0
  }

  /// Where the row of a query begins.
  func rowStart(batch: Int, query: Int) -> Int {
    ((self.batch == 1 ? 0 : batch) * queries + query) * keys
  }
}
