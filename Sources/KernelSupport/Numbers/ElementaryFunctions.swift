import Foundation

/// The book's own exponential, logarithm, hyperbolic tangent, sine and cosine.
///
/// The C library's differ from system to system in the last bit, and then so would every figure of this
/// book. These are polynomials after a range reduction, evaluated with fused multiply-add in a fixed
/// order: the same bits on every machine, eight at a time. A scalar is computed as one lane of a vector,
/// so that a scalar loop and a vector loop agree to the last bit as well.
///
/// The error bounds below were measured on one in 37 of all single-precision numbers, evenly spread
/// over their bits; ulp stands for one unit in the last place.
///
/// A build with the trait `Float64` calls the C library instead: a finite difference of two losses would
/// see the steps of an approximation.
///
/// Source: coefficients from Moshier, Cephes Mathematical Library 2.2, 1992; the reduction in two parts is
/// Cody and Waite, "Software Manual for the Elementary Functions", 1980.
extension SIMD8 where Scalar == KernelSupport.Scalar {
  /// eˣ in every lane, to within 1.3 ulp; ∞ above 88.72, NaN for NaN, and 0 below −87.33, where it would be smaller
  /// than any normal number.
  ///
  ///     x = n ln 2 + r,  |r| ≤ ½ ln 2;   eˣ = 2ⁿ (1 + r + r² p(r))
  @inlinable @inline(__always)
  public static func exp(_ x: Self) -> Self {
    #if Float64
      return x.mapLanes(Foundation.exp)
    #else
      let shifted = Self(repeating: nearestShift).addingProduct(
        x, Self(repeating: 1.442_695_04))
      let n = shifted - nearestShift
      var r = x.addingProduct(n, Self(repeating: -0.693_147_18))
      r = r.addingProduct(n, Self(repeating: 1.904_654_3e-9))
      var p = Self(repeating: 1.987_569_15e-4)
      p = Self(repeating: 1.398_199_950_7e-3).addingProduct(p, r)
      p = Self(repeating: 8.333_451_907_3e-3).addingProduct(p, r)
      p = Self(repeating: 4.166_579_589_4e-2).addingProduct(p, r)
      p = Self(repeating: 1.666_666_545_9e-1).addingProduct(p, r)
      p = Self(repeating: 5.000_000_120_1e-1).addingProduct(p, r)
      let value = (r + 1).addingProduct(p, r * r)
      // 2ⁿ is n more in the exponent, which begins at bit 23; n itself is in the lowest bits of `shifted`.
      let scaled = Self(bits: value.bits &+ shifted.bits &<< 23)
      // The sum is ∞ for large numbers and NaN for NaN.
      return
        scaled
        .replacing(with: x + .infinity, where: .!(x .<= 88.722_83))
        .replacing(with: 0, where: x .< -87.336_54)
    #endif
  }

  /// The natural logarithm in every lane, to within 0.8 ulp; −∞ at 0, NaN below 0, ∞ at ∞.
  ///
  ///     x = 2ᵉ (1 + f),  √½ ≤ 1 + f < √2;   ln x = e ln 2 + f − f²/2 + f³ p(f)
  @inlinable @inline(__always)
  public static func log(_ x: Self) -> Self {
    #if Float64
      return x.mapLanes(Foundation.log)
    #else
      let subnormal = x .< Float.leastNormalMagnitude
      let scaled = x.replacing(with: x * 0x1p23, where: subnormal)
      // Subtracting the bits of √½ moves the cut between exponents there.
      let offset = scaled.bits &- Self(repeating: 0.707_106_77).bits
      let e = SIMD8<Int32>(truncatingIfNeeded: offset) &>> 23
      let mantissa = Self(
        bits: (offset & 0x007F_FFFF) &+ Self(repeating: 0.707_106_77).bits)
      let exponent = Self(e).replacing(with: Self(e) - 23, where: subnormal)
      let f = mantissa - 1
      var p = Self(repeating: 7.037_683_629_2e-2)
      p = Self(repeating: -1.151_461_031_0e-1).addingProduct(p, f)
      p = Self(repeating: 1.167_699_874_0e-1).addingProduct(p, f)
      p = Self(repeating: -1.242_014_084_6e-1).addingProduct(p, f)
      p = Self(repeating: 1.424_932_278_7e-1).addingProduct(p, f)
      p = Self(repeating: -1.666_805_766_5e-1).addingProduct(p, f)
      p = Self(repeating: 2.000_071_476_5e-1).addingProduct(p, f)
      p = Self(repeating: -2.499_999_399_3e-1).addingProduct(p, f)
      p = Self(repeating: 3.333_333_117_4e-1).addingProduct(p, f)
      let square = f * f
      var tail = (p * f * square).addingProduct(exponent, Self(repeating: -2.121_944_40e-4))
      tail = tail.addingProduct(square, Self(repeating: -0.5))
      let value = (f + tail).addingProduct(exponent, Self(repeating: 0.693_359_375))
      return
        value
        .replacing(with: -.infinity, where: x .== 0)
        .replacing(with: .infinity, where: x .== .infinity)
        .replacing(with: .nan, where: (x .< 0) .| (x .!= x))
    #endif
  }

  /// ln(1 + x) in every lane, exact to some units in the last place however small x is.
  ///
  ///     w = 1 + x, rounded:   ln(1 + x) = x · ln w / (w − 1)
  ///
  /// What rounding takes from x is taken from w − 1 as well, and ln w / (w − 1) changes slowly.
  ///
  /// - Parameter x: above −1; −∞ at −1, NaN below, ∞ at ∞.
  ///
  /// Source: Kahan, as given by Goldberg, "What Every Computer Scientist Should Know About Floating-Point
  /// Arithmetic", ACM Computing Surveys 23, 1991, theorem 4.
  @inlinable @inline(__always)
  public static func logOnePlus(_ x: Self) -> Self {
    #if Float64
      return x.mapLanes(Foundation.log1p)
    #else
      let w = 1 + x
      let quotient = log(w) / (w - 1)
      return (x * quotient)
        .replacing(with: x, where: w .== 1)
        .replacing(with: .infinity, where: x .== .infinity)
    #endif
  }

  /// The hyperbolic tangent in every lane, to within 1.4 ulp; ±1 for large arguments, ±0 for ±0, NaN for NaN.
  ///
  ///     |x| < 0.625:  x + x³ p(x²);   otherwise ±(1 − 2 / (e^{2|x|} + 1))
  @inlinable @inline(__always)
  public static func tanh(_ x: Self) -> Self {
    #if Float64
      return x.mapLanes(Foundation.tanh)
    #else
      let square = x * x
      var p = Self(repeating: -5.704_988_727_45e-3)
      p = Self(repeating: 2.063_908_879_54e-2).addingProduct(p, square)
      p = Self(repeating: -5.373_971_555_31e-2).addingProduct(p, square)
      p = Self(repeating: 1.333_144_220_36e-1).addingProduct(p, square)
      p = Self(repeating: -3.333_328_194_22e-1).addingProduct(p, square)
      let sign = x.bits & 0x8000_0000
      let magnitude = Self(bits: x.bits ^ sign)
      let small = magnitude.addingProduct(magnitude * square, p)
      let large = 1 - 2 / (exp(magnitude + magnitude) + 1)
      return Self(bits: large.replacing(with: small, where: magnitude .< 0.625).bits | sign)
    #endif
  }

  /// The sine in every lane, with an absolute error below 1e-7; NaN for ±∞.
  ///
  /// Beyond 8192 radians three parts of π/2 are too few, and the C library computes it in double precision, whose
  /// last bits are rounded away.
  @inlinable @inline(__always)
  public static func sin(_ x: Self) -> Self {
    #if Float64
      return x.mapLanes(Foundation.sin)
    #else
      guard all(-8192 .<= x .& x .<= 8192) else {
        return x.mapLanes { Float(Foundation.sin(Double($0))) }
      }
      return sinePlusQuarterTurns(x, 0)
    #endif
  }

  /// The cosine in every lane, with an absolute error below 1e-7; NaN for ±∞. See `sin`.
  @inlinable @inline(__always)
  public static func cos(_ x: Self) -> Self {
    #if Float64
      return x.mapLanes(Foundation.cos)
    #else
      guard all(-8192 .<= x .& x .<= 8192) else {
        return x.mapLanes { Float(Foundation.cos(Double($0))) }
      }
      return sinePlusQuarterTurns(x, 1)
    #endif
  }
}

extension SIMD8 where Scalar == KernelSupport.Scalar {
  /// A function of every lane, one by one.
  @inlinable
  func mapLanes(_ function: (Scalar) -> Scalar) -> Self {
    var result = self
    for lane in 0..<Self.scalarCount { result[lane] = function(self[lane]) }
    return result
  }
}

#if !Float64
  /// Added to a number below 2²² it leaves no room for a fraction: the sum is rounded to an integer, which
  /// stands in its lowest bits.
  @usableFromInline let nearestShift: Float = 0x1.8p23

  extension SIMD8 where Scalar == Float {
    @inlinable @inline(__always)
    var bits: SIMD8<UInt32> { unsafe unsafeBitCast(self, to: SIMD8<UInt32>.self) }

    @inlinable @inline(__always)
    init(bits: SIMD8<UInt32>) { self = unsafe unsafeBitCast(bits, to: Self.self) }

    /// sin(x + quarterTurns · π/2):  x = n π/2 + r, and n decides between ±sin r and ±cos r.
    @inlinable @inline(__always)
    static func sinePlusQuarterTurns(_ x: Self, _ quarterTurns: UInt32) -> Self {
      let shifted = Self(repeating: nearestShift).addingProduct(x, Self(repeating: 0.636_619_77))
      let n = shifted - nearestShift
      let quadrant = shifted.bits &+ quarterTurns
      var r = x.addingProduct(n, Self(repeating: -1.570_796_37))
      r = r.addingProduct(n, Self(repeating: 4.371_139_0e-8))
      r = r.addingProduct(n, Self(repeating: 1.715_124_5e-15))
      let square = r * r
      var s = Self(repeating: -1.951_529_589_1e-4)
      s = Self(repeating: 8.332_160_873_6e-3).addingProduct(s, square)
      s = Self(repeating: -1.666_665_461_1e-1).addingProduct(s, square)
      let sine = r.addingProduct(r * square, s)
      var c = Self(repeating: 2.443_315_711_809_948e-5)
      c = Self(repeating: -1.388_731_625_493_765e-3).addingProduct(c, square)
      c = Self(repeating: 4.166_664_568_298_827e-2).addingProduct(c, square)
      let cosine = (1 - square * 0.5).addingProduct(square * square, c)
      let value = sine.replacing(with: cosine, where: (quadrant & 1) .== 1)
      return value.replacing(with: -value, where: (quadrant & 2) .== 2)
    }
  }
#endif

extension Scalar {
  /// eˣ: one lane of `Vector.exp`, with its error bound and special values.
  @inlinable
  public static func exp(_ x: Scalar) -> Scalar { Vector.exp(Vector(repeating: x))[0] }

  /// The natural logarithm: one lane of `Vector.log`, with its error bound and special values.
  @inlinable
  public static func log(_ x: Scalar) -> Scalar { Vector.log(Vector(repeating: x))[0] }

  /// ln(1 + x): one lane of `Vector.logOnePlus`, with its error bound and special values.
  @inlinable
  public static func logOnePlus(_ x: Scalar) -> Scalar {
    Vector.logOnePlus(Vector(repeating: x))[0]
  }

  /// The hyperbolic tangent: one lane of `Vector.tanh`, with its error bound and special values.
  @inlinable
  public static func tanh(_ x: Scalar) -> Scalar { Vector.tanh(Vector(repeating: x))[0] }

  /// The sine: one lane of `Vector.sin`, with its error bound.
  @inlinable
  public static func sin(_ x: Scalar) -> Scalar { Vector.sin(Vector(repeating: x))[0] }

  /// The cosine: one lane of `Vector.cos`, with its error bound.
  @inlinable
  public static func cos(_ x: Scalar) -> Scalar { Vector.cos(Vector(repeating: x))[0] }
}
