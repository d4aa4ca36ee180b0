import Foundation
import KernelSupport
import Perceptrons

/// The kernels of elementary functions and of division, element by element and in place.
///
/// `Naive` holds the contract of every operation and its definition; `Fast` computes the same up to
/// rounding. Each function's slope is made of its own output and of arithmetic, so none has a pullback here.
public protocol ElementaryKernels {
  /// eˣ; contract: `Naive.exp`.
  static func exp(_ x: inout MutableSpan<Scalar>)
  /// ln x; contract: `Naive.log`.
  static func log(_ x: inout MutableSpan<Scalar>)
  /// √x; contract: `Naive.squareRoot`.
  static func squareRoot(_ x: inout MutableSpan<Scalar>)
  /// ln(1 + eˣ); contract: `Naive.softplus`.
  static func softplus(_ x: inout MutableSpan<Scalar>)
  /// x[i] /= y[i]; contract: `Naive.divide`.
  static func divide(_ x: inout MutableSpan<Scalar>, by y: Span<Scalar>)
  /// x[i] += c; contract: `Naive.shift`.
  static func shift(_ x: inout MutableSpan<Scalar>, by c: Scalar)
  /// x[i] to the power of p; contract: `Naive.power`.
  static func power(_ x: inout MutableSpan<Scalar>, _ p: Scalar)
  /// x[i] or y[i]; contract: `Naive.select`.
  static func select(
    _ x: inout MutableSpan<Scalar>, where mask: Span<Bool>, otherwise y: Span<Scalar>)
}

extension Naive: ElementaryKernels {}
extension Fast: ElementaryKernels {}

extension Backend {
  /// This backend's kernels of elementary functions.
  public var elementary: any ElementaryKernels.Type { self == .naive ? Naive.self : Fast.self }
}

extension Naive {
  /// The exponential.
  ///
  ///     x[i] ← e^{x[i]}
  ///
  /// - Parameter x: the arguments on entry; ∞ on return where they exceed what a scalar's logarithm can be.
  public static func exp(_ x: inout MutableSpan<Scalar>) {
    for i in x.indices { x[i] = Scalar.exp(x[i]) }
  }

  /// The natural logarithm.
  ///
  ///     x[i] ← ln x[i]
  ///
  /// - Parameter x: the arguments on entry; −∞ on return where they are 0, NaN where they are below.
  public static func log(_ x: inout MutableSpan<Scalar>) {
    for i in x.indices { x[i] = Scalar.log(x[i]) }
  }

  /// The square root.
  ///
  ///     x[i] ← √x[i]
  ///
  /// - Parameter x: the arguments on entry; NaN on return where they are below 0.
  public static func squareRoot(_ x: inout MutableSpan<Scalar>) {
    for i in x.indices { x[i] = x[i].squareRoot() }
  }

  /// The softplus, a smooth max(x, 0).
  ///
  ///     x[i] ← ln(1 + e^{x[i]}) = max(x[i], 0) + ln(1 + e^{−|x[i]|})
  ///
  /// The second form takes no exponential of a large number.
  ///
  /// - Parameter x: the arguments on entry.
  public static func softplus(_ x: inout MutableSpan<Scalar>) {
    for i in x.indices {
      x[i] = max(x[i], 0) + Scalar.logOnePlus(Scalar.exp(-abs(x[i])))
    }
  }

  /// Divides element by element.
  ///
  ///     x[i] /= y[i]
  ///
  /// - Parameters:
  ///   - x: the quotient on return.
  ///   - y: the divisors; as many elements.
  public static func divide(_ x: inout MutableSpan<Scalar>, by y: Span<Scalar>) {
    checkSameCount("divide", x.count, y.count)
    for i in x.indices { x[i] /= y[i] }
  }

  /// Adds a number to every element.
  ///
  ///     x[i] += c
  ///
  /// - Parameters:
  ///   - x: the sums on return.
  ///   - c: the number.
  public static func shift(_ x: inout MutableSpan<Scalar>, by c: Scalar) {
    for i in x.indices { x[i] += c }
  }

  /// Raises every element to a power.
  ///
  ///     x[i] ← x[i]^p
  ///
  /// - Parameters:
  ///   - x: the bases on entry; NaN on return where one is below 0 and p is no integer.
  ///   - p: the exponent.
  public static func power(_ x: inout MutableSpan<Scalar>, _ p: Scalar) {
    for i in x.indices { x[i] = pow(x[i], p) }
  }

  /// Keeps elements, or takes others in their place; what is not taken has no influence, NaN or not.
  ///
  ///     x[i] ← mask[i] ? x[i] : y[i]
  ///
  /// - Parameters:
  ///   - x: the elements that may stay.
  ///   - mask: which of them do; as many.
  ///   - y: the others; as many.
  public static func select(
    _ x: inout MutableSpan<Scalar>, where mask: Span<Bool>, otherwise y: Span<Scalar>
  ) {
    checkSameCount("select", x.count, mask.count)
    checkSameCount("select", x.count, y.count)
    for i in x.indices where !mask[i] { x[i] = y[i] }
  }
}

/// Exponentials and logarithms eight at a time; roots, quotients and sums are vector code by themselves.
extension Fast {
  /// The exponential; contract: `Naive.exp`.
  public static func exp(_ x: inout MutableSpan<Scalar>) {
    x.forEachBlock(of: ElementwiseBlock.heavy) { _, block in block.mapVectors(Vector.exp) }
  }

  /// The natural logarithm; contract: `Naive.log`.
  public static func log(_ x: inout MutableSpan<Scalar>) {
    x.forEachBlock(of: ElementwiseBlock.heavy) { _, block in block.mapVectors(Vector.log) }
  }

  /// The square root; contract: `Naive.squareRoot`.
  public static func squareRoot(_ x: inout MutableSpan<Scalar>) {
    x.forEachBlock(of: ElementwiseBlock.heavy) { _, block in
      for i in block.indices { block[i] = block[i].squareRoot() }
    }
  }

  /// The softplus; contract: `Naive.softplus`.
  public static func softplus(_ x: inout MutableSpan<Scalar>) {
    x.forEachBlock(of: ElementwiseBlock.heavy) { _, block in
      block.mapVectors { x in
        let positive = x.replacing(with: 0, where: x .< 0)
        return positive + Vector.logOnePlus(Vector.exp(x - positive - positive))
      }
    }
  }

  /// Divides element by element; contract: `Naive.divide`.
  public static func divide(_ x: inout MutableSpan<Scalar>, by y: Span<Scalar>) {
    checkSameCount("divide", x.count, y.count)
    x.forEachBlock(of: ElementwiseBlock.light) { start, block in
      let y = y.extracting(start..<start &+ block.count)
      for i in block.indices { block[i] /= y[i] }
    }
  }

  /// Adds a number to every element; contract: `Naive.shift`.
  public static func shift(_ x: inout MutableSpan<Scalar>, by c: Scalar) {
    x.forEachBlock(of: ElementwiseBlock.light) { _, block in
      for i in block.indices { block[i] += c }
    }
  }

  /// Raises every element to a power; contract: `Naive.power`. Threads share what the C library's `pow` computes, to the
  /// last digit; vectors of ours would lose |p ln x| units of it.
  public static func power(_ x: inout MutableSpan<Scalar>, _ p: Scalar) {
    x.forEachBlock(of: ElementwiseBlock.heavy) { _, block in
      for i in block.indices { block[i] = pow(block[i], p) }
    }
  }

  /// Keeps elements, or takes others in their place; contract: `Naive.select`.
  public static func select(
    _ x: inout MutableSpan<Scalar>, where mask: Span<Bool>, otherwise y: Span<Scalar>
  ) {
    checkSameCount("select", x.count, mask.count)
    checkSameCount("select", x.count, y.count)
    x.forEachBlock(of: ElementwiseBlock.light) { start, block in
      let (mask, y) = (
        mask.extracting(start..<start &+ block.count), y.extracting(start..<start &+ block.count)
      )
      for i in block.indices { block[i] = mask[i] ? block[i] : y[i] }
    }
  }
}
