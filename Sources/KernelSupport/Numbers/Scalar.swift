#if Float64
  /// The number type of the whole book: double precision in this build, which has the trait `Float64`.
  ///
  /// Networks are trained in single precision: it is twice as fast and exact enough. A numeric gradient
  /// check subtracts two nearly equal losses, and single precision has too few digits for that; the
  /// same code built with `swift test --traits Float64` has them. All code says `Scalar`.
  public typealias Scalar = Double
#else
  /// The number type of the whole book: single precision, unless it is built with the trait `Float64`.
  ///
  /// Networks are trained in single precision: it is twice as fast and exact enough. A numeric gradient
  /// check subtracts two nearly equal losses, and single precision has too few digits for that; the
  /// same code built with `swift test --traits Float64` has them. All code says `Scalar`.
  public typealias Scalar = Float
#endif

/// Eight scalars that the processor adds, multiplies and compares at once.
///
/// The width is the same on every machine, so a sum over lanes has the same order everywhere: eight
/// single-precision lanes are one AVX register, two NEON registers, or half an AVX-512 register.
public typealias Vector = SIMD8<Scalar>

extension Scalar {
  /// This number, flushed to 0 where it is smaller than any normal number.
  ///
  /// Arithmetic with subnormal numbers takes a hundred cycles or more. What an optimizer remembers of a
  /// parameter without gradients, multiplied by 0.9 in every step, becomes such a number and never 0: the smallest
  /// ones are rounded back to themselves.
  @inlinable @inline(__always)
  public var flushed: Scalar { magnitude < .leastNormalMagnitude ? 0 : self }

  /// The larger of two numbers, or NaN if one of them is NaN.
  ///
  /// `max` drops a NaN on one of its sides, and a broken network would look like a quiet one. Everything in this
  /// book that looks for a maximum lets NaN win.
  ///
  /// Source: `maximum` of IEEE 754-2019, section 9.6.
  @inlinable @inline(__always)
  public static func largerOrNaN(_ x: Scalar, _ y: Scalar) -> Scalar {
    x > y || x.isNaN ? x : y
  }
}
