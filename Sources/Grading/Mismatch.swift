/// An answer that is not what it should be: for which input, what was expected, what came.
struct Mismatch: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}

/// Throws a `Mismatch` unless both numbers are the same, or no further apart than a tolerance.
///
/// - Parameters:
///   - actual: what the answer returned; NaN is never right.
///   - expected: what is right.
///   - tolerance: the largest distance; 0 for the same number.
///   - input: what the answer was given, in words.
func expect<Number: BinaryFloatingPoint>(
  _ actual: Number, _ expected: Number, within tolerance: Number = 0,
  for input: @autoclosure () -> String
) throws {
  // Equality first: infinities agree, but their distance is no number.
  if actual == expected || abs(actual - expected) <= tolerance { return }
  throw Mismatch("for \(input()) expected \(expected), got \(actual)")
}

/// Throws a `Mismatch` unless both lists agree number by number.
///
/// - Parameters:
///   - actual: what the answer returned.
///   - expected: what is right.
///   - tolerances: the largest distance of each number; none for the same numbers.
///   - input: what the answer was given, in words.
func expect<Number: BinaryFloatingPoint>(
  _ actual: [Number], _ expected: [Number], within tolerances: [Number]? = nil,
  for input: @autoclosure () -> String
) throws {
  guard actual.count == expected.count else {
    throw Mismatch(
      "for \(input()) expected \(expected.count) numbers, got \(actual.count)")
  }
  for index in expected.indices {
    try expect(
      actual[index], expected[index], within: tolerances?[index] ?? 0,
      for: "\(input()), at index \(index),")
  }
}

/// The numbers of a list for a message: all of a short one, the first six of a long one.
func shown<Number: BinaryFloatingPoint>(_ numbers: [Number]) -> String {
  let first = numbers.prefix(6).map { "\($0)" }.joined(separator: ", ")
  return numbers.count > 6 ? "[\(first), … \(numbers.count) in all]" : "[\(first)]"
}
