import KernelSupport

/// The kernels of pixels and units that are either 0 or 1.
///
/// `Naive` holds the contract of every operation and its definition; `Fast` computes the same up to
/// rounding.
public protocol BernoulliKernels {
  /// Turns probabilities into zeros and ones; contract: `Naive.sampleBernoulli`.
  static func sampleBernoulli(_ probabilities: inout MutableSpan<Scalar>, seed: UInt64)

  /// Half a step of Gibbs sampling after its product; contract: `Naive.sampleUnits`.
  static func sampleUnits(
    _ sums: inout MutableSpan<Scalar>, bias: Span<Scalar>, scale: Scalar,
    states: inout MutableSpan<Scalar>, seed: UInt64)

  /// The log-likelihood of every row; contract: `Naive.bernoulliLogLikelihood`.
  static func bernoulliLogLikelihood(
    logits: Span<Scalar>, _ target: Span<Scalar>, into rows: inout MutableSpan<Scalar>)

  /// The pullback of `bernoulliLogLikelihood`; contract: `Naive.bernoulliLogLikelihoodBackward`.
  static func bernoulliLogLikelihoodBackward(
    target: Span<Scalar>, upstream: Span<Scalar>, gradient: inout MutableSpan<Scalar>)

  /// Σ ln(1 + eˣ) of every row; contract: `Naive.softplusSums`.
  static func softplusSums(
    _ sums: Span<Scalar>, bias: Span<Scalar>, scale: Scalar, into rows: inout MutableSpan<Scalar>)
}

extension Naive: BernoulliKernels {}
extension Fast: BernoulliKernels {}

extension Backend {
  /// This backend's kernels of pixels and units that are either 0 or 1.
  public var bernoulli: any BernoulliKernels.Type { self == .naive ? Naive.self : Fast.self }
}

/// How many columns a matrix has whose rows a list of numbers belongs to.
///
/// Stops the program unless the elements make whole rows.
func columnCount(_ operation: String, _ count: Int, rows: Int) -> Int {
  guard rows > 0 else {
    precondition(count == 0, "\(operation): \(count) elements in no rows")
    return 0
  }
  precondition(count.isMultiple(of: rows), "\(operation): \(count) elements in \(rows) rows")
  return count / rows
}

/// How many rows a thread gets at once: fixed by the shape, so that no sum depends on the threads.
func rowsPerBlock(columns: Int) -> Int { max(1, 8192 / max(1, columns)) }
