import KernelSupport
import Testing

/// Expects two lists of numbers to agree element by element.
///
/// The distance |a − b| may be at most `tolerance` · max(1, |b|): relative for large numbers, absolute
/// for small ones. A NaN agrees with nothing.
///
/// - Parameters:
///   - actual: what the code under test computed.
///   - expected: the reference, of the same count.
///   - tolerance: the largest distance; say at the call where it comes from.
///   - name: what is compared, for the message.
///   - sourceLocation: where to report a failure: the caller's line.
public func expectClose(
  _ actual: [Scalar], _ expected: [Scalar], within tolerance: Scalar, _ name: String = "",
  sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(
    firstDisagreement(actual, expected, within: tolerance) == nil, "\(name)",
    sourceLocation: sourceLocation)
}

/// A description of the first place where two lists differ by more than the tolerance, if there is one.
public func firstDisagreement(
  _ actual: [Scalar], _ expected: [Scalar], within tolerance: Scalar
) -> String? {
  guard actual.count == expected.count else {
    return "\(actual.count) elements instead of \(expected.count)"
  }
  for index in expected.indices {
    let (a, b) = (actual[index], expected[index])
    if !(abs(a - b) <= tolerance * max(1, abs(b))) {
      return "element \(index) is \(a) instead of \(b)"
    }
  }
  return nil
}
