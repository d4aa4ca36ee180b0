import Foundation
import KernelSupport

/// A number with a fixed count of decimals, the same on every system: `fixed(0.96167, 3)` is `0.962`.
///
/// - Parameters:
///   - value: the number; infinities and NaN are written `inf`, `-inf` and `nan`.
///   - decimals: how many digits stand after the point, at least 0.
public func fixed(_ value: some BinaryFloatingPoint, _ decimals: Int) -> String {
  precondition(decimals >= 0, "fixed: \(decimals) decimals")
  let digits = text(of: Double(value), format: "%.\(decimals)f")
  let isZero = digits.allSatisfy { "-0.".contains($0) }
  return isZero && digits.hasPrefix("-") ? String(digits.dropFirst()) : digits
}

/// A number with a power of ten, the same on every system: `scientific(0.00123, 2)` is `1.23e-03`.
///
/// - Parameters:
///   - value: the number; infinities and NaN are written `inf`, `-inf` and `nan`.
///   - decimals: how many digits stand after the point, at least 0.
public func scientific(_ value: some BinaryFloatingPoint, _ decimals: Int) -> String {
  precondition(decimals >= 0, "scientific: \(decimals) decimals")
  return text(of: Double(value), format: "%.\(decimals)e")
}

/// A value as a table or a metric shows it: floating-point numbers to six significant digits.
func shortText(_ value: Any) -> String {
  switch value {
  case let number as Double: text(of: number, format: "%.6g")
  case let number as Float: text(of: Double(number), format: "%.6g")
  default: String(describing: value)
  }
}

/// A number in one of C's formats; the sign of a NaN, which systems write differently, is left out.
private func text(of number: Double, format: String) -> String {
  number.isNaN ? "nan" : String(format: format, number)
}
