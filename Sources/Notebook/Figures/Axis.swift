import Foundation
import KernelSupport

/// An axis of a chart: its label, its scale and perhaps its range.
public struct Axis: Sendable, ExpressibleByStringLiteral {
  /// How numbers become distances.
  public enum Scale: Sendable {
    /// Equal differences are equal distances.
    case linear
    /// Equal ratios are equal distances; only positive numbers have a place.
    case logarithmic
  }

  /// What is measured, with its unit.
  public var label: String

  /// How numbers become distances.
  public var scale: Scale

  /// What the axis covers, or `nil` for what the data need.
  public var range: ClosedRange<Double>? { didSet { checkRange() } }

  /// Creates an axis.
  ///
  /// - Parameters:
  ///   - label: what is measured, with its unit.
  ///   - scale: how numbers become distances.
  ///   - range: what the axis covers; positive on a logarithmic scale. `nil`: what the data need.
  public init(_ label: String, scale: Scale = .linear, range: ClosedRange<Double>? = nil) {
    self.label = label
    self.scale = scale
    self.range = range
    checkRange()
  }

  /// Creates a linear axis from its label.
  public init(stringLiteral label: String) { self.init(label) }

  /// Whether a number has a place on the axis.
  ///
  /// Infinities and NaN have none, nor have numbers so large, or on a logarithmic scale so small, that the
  /// margin around them could not be written as a number.
  func hasPlace(for value: Double) -> Bool {
    value.magnitude <= Self.greatest && (scale == .linear || value >= Self.least)
  }

  /// The greatest number that an axis has a place for.
  static let greatest = 1e300
  /// The least number above 0 that an axis has a place for, and the least distance between its ends.
  static let least = 1e-300

  /// Covers a range, as far as it has a place on the axis.
  mutating func cover(from low: Double, to high: Double) {
    range = max(low, scale == .linear ? -Self.greatest : Self.least)...min(high, Self.greatest)
  }

  private func checkRange() {
    guard let range else { return }
    precondition(
      hasPlace(for: range.lowerBound) && hasPlace(for: range.upperBound),
      "Axis: a \(scale) scale has no place for \(range.lowerBound) to \(range.upperBound)")
  }
}

/// An axis whose range is known: it gives numbers their places and says where the ticks are.
struct AxisScale {
  let isLogarithmic: Bool
  let range: ClosedRange<Double>

  /// Fits an axis to data: a little wider than them unless the axis has a range of its own.
  init(_ axis: Axis, values: some Sequence<Double>, padding: Double = 0.04) {
    isLogarithmic = axis.scale == .logarithmic
    if let range = axis.range, range.upperBound - range.lowerBound >= Axis.least {
      self.range = range
      return
    }
    let logarithmic = isLogarithmic
    let places = values.filter(axis.hasPlace).map { logarithmic ? log10($0) : $0 }
    let low = places.min() ?? 0
    let high = places.max() ?? 1
    let pad = high - low >= Axis.least ? (high - low) * padding : max(abs(high) * 0.1, 0.5)
    let (start, end) = (low - pad, high + pad)
    // A tenth power beyond these is 0 or infinite.
    range = isLogarithmic ? pow(10, max(start, -307))...pow(10, min(end, 308)) : start...end
  }

  /// Where a number lies: 0 at the beginning of the axis, 1 at its end.
  func share(_ value: Double) -> Double {
    let (low, high) = (range.lowerBound, range.upperBound)
    return isLogarithmic
      ? (log10(value) - log10(low)) / (log10(high) - log10(low)) : (value - low) / (high - low)
  }

  /// The ticks that fit, with their texts.
  ///
  /// - Parameter count: about how many there is room for.
  func ticks(count: Int) -> [Tick] {
    isLogarithmic
      ? Tick.logarithmic(in: range, count: count) : Tick.linear(in: range, count: count)
  }
}

/// A place on an axis that has a mark and perhaps a text.
package struct Tick: Equatable {
  /// The number at this place.
  package var value: Double
  /// Its text, empty for a small mark between others.
  package var text: String

  /// Ticks at multiples of 1, 2 or 5 times a power of ten.
  package static func linear(in range: ClosedRange<Double>, count: Int) -> [Tick] {
    let raw = (range.upperBound - range.lowerBound) / Double(max(1, count))
    let power = pow(10, floor(log10(raw)))
    // A fifth more ticks than asked for are better than half as many.
    let step = [1, 2, 5, 10].map { $0 * power }.first { $0 >= raw * 0.8 } ?? 10 * power
    let first = (range.lowerBound / step - 1e-9).rounded(.up)
    let last = (range.upperBound / step + 1e-9).rounded(.down)
    guard first <= last else { return [] }
    let decimals = max(0, -Int(floor(log10(step) + 1e-9)))
    return stride(from: first, through: last, by: 1).map { index in
      let value = index * step
      return Tick(value: value, text: text(of: value, step: step, decimals: decimals))
    }
  }

  /// Ticks at powers of ten; between them small marks, or texts at 2 and 5 where decades are few.
  package static func logarithmic(in range: ClosedRange<Double>, count: Int) -> [Tick] {
    let first = Int(floor(log10(range.lowerBound) - 1e-9))
    let last = Int(ceil(log10(range.upperBound) + 1e-9))
    let decades = log10(range.upperBound) - log10(range.lowerBound)
    let every = max(1, Int((decades / Double(max(1, count))).rounded(.up)))
    let isPlain = first >= -4 && last <= 5
    let tolerance = 1e-9
    return (first...last).flatMap { exponent in
      (1...9).compactMap { digit -> Tick? in
        let value = Double(digit) * pow(10, Double(exponent))
        guard
          value >= range.lowerBound * (1 - tolerance), value <= range.upperBound * (1 + tolerance)
        else { return nil }
        let isLabelled =
          digit == 1
          ? exponent % every == 0
          : decades * 3 <= Double(count + 1) && (digit == 2 || digit == 5)
        guard isLabelled || (digit > 1 && every == 1 && decades < 7) else { return nil }
        guard isLabelled else { return Tick(value: value, text: "") }
        let isPower = digit == 1 && !isPlain
        let text =
          isPower
          ? "10" + superscript(exponent)
          : isPlain ? fixed(value, max(0, -exponent)) : "\(digit)·10" + superscript(exponent)
        return Tick(value: value, text: text)
      }
    }
  }

  private static func text(of value: Double, step: Double, decimals: Int) -> String {
    guard decimals <= 4, abs(value) < 1e6 || step < 1 else {
      guard value != 0 else { return "0" }
      let exponent = Int(floor(log10(abs(value)) + 1e-9))
      let mantissa = fixed(value / pow(10, Double(exponent)), 2)
      let short = mantissa.hasSuffix(".00") ? String(mantissa.dropLast(3)) : mantissa
      return (short == "1" ? "10" : "\(short)·10") + superscript(exponent)
    }
    return fixed(value, decimals).replacing("-", with: "−")
  }

  private static func superscript(_ exponent: Int) -> String {
    let digits = Array("⁰¹²³⁴⁵⁶⁷⁸⁹")
    return String(
      String(exponent).map { $0 == "-" ? "⁻" : digits[$0.wholeNumberValue ?? 0] })
  }
}
