import KernelSupport

/// The kernels of recurrent layers: each runs over all steps of all sequences.
///
/// What the inputs contribute, x W + b, has been computed before, in one product for all steps. A kernel adds
/// what the state contributes, h U, applies the gates, and goes to the next step. `Naive` holds the contract of
/// every operation and its definition; `Fast` computes the same up to rounding.
public protocol RecurrentKernels {
  /// h = f(z + h U), step by step; contract: `Naive.simpleRecurrence`.
  static func simpleRecurrence(
    _ sums: inout MutableSpan<Scalar>, _ weight: Span<Scalar>, initialHidden: Span<Scalar>,
    _ activation: RecurrentActivation, _ shape: RecurrentShape)
  /// The pullback of `simpleRecurrence`; contract: `Naive.simpleRecurrenceBackward`.
  static func simpleRecurrenceBackward(
    hidden: Span<Scalar>, _ weight: Span<Scalar>, gradient: inout MutableSpan<Scalar>,
    initialHiddenGradient: inout MutableSpan<Scalar>, _ activation: RecurrentActivation,
    _ shape: RecurrentShape)

  /// A long short-term memory; contract: `Naive.lstm`.
  static func lstm(
    _ gates: inout MutableSpan<Scalar>, _ weight: Span<Scalar>, initialHidden: Span<Scalar>,
    initialCell: Span<Scalar>, hidden: inout MutableSpan<Scalar>,
    cell: inout MutableSpan<Scalar>, _ shape: RecurrentShape)
  /// The pullback of `lstm`; contract: `Naive.lstmBackward`.
  static func lstmBackward(
    _ gates: inout MutableSpan<Scalar>, _ weight: Span<Scalar>, cell: Span<Scalar>,
    initialCell: Span<Scalar>, hiddenGradient: Span<Scalar>,
    initialHiddenGradient: inout MutableSpan<Scalar>,
    cellGradient: inout MutableSpan<Scalar>, _ shape: RecurrentShape)

  /// A gated recurrent unit; contract: `Naive.gru`.
  static func gru(
    _ gates: inout MutableSpan<Scalar>, _ weight: Span<Scalar>, recurrentBias: Span<Scalar>,
    initialHidden: Span<Scalar>, hidden: inout MutableSpan<Scalar>,
    candidateSums: inout MutableSpan<Scalar>, _ shape: RecurrentShape)
  /// The pullback of `gru`; contract: `Naive.gruBackward`.
  static func gruBackward(
    _ gates: inout MutableSpan<Scalar>, _ weight: Span<Scalar>, hidden: Span<Scalar>,
    initialHidden: Span<Scalar>, candidateSums: Span<Scalar>, hiddenGradient: Span<Scalar>,
    recurrentGradient: inout MutableSpan<Scalar>,
    initialHiddenGradient: inout MutableSpan<Scalar>, _ shape: RecurrentShape)
}

extension Naive: RecurrentKernels {}
extension Fast: RecurrentKernels {}

extension Backend {
  /// This backend's kernels of recurrent layers.
  public var recurrent: any RecurrentKernels.Type { self == .naive ? Naive.self : Fast.self }
}

/// What a simple recurrent layer applies to its sums.
public enum RecurrentActivation: Hashable, Sendable {
  /// tanh z: the state stays in (−1, 1).
  case tanh
  /// max(z, 0).
  case relu

  /// The function.
  @inlinable
  func callAsFunction(_ z: Scalar) -> Scalar { self == .tanh ? Scalar.tanh(z) : max(z, 0) }

  /// The slope, by the function's value.
  @inlinable
  func slope(_ output: Scalar) -> Scalar {
    self == .tanh ? 1 - output * output : output > 0 ? 1 : 0
  }
}
