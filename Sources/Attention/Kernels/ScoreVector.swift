import KernelSupport

/// Sixteen scores at once.
///
/// The width is the same on every machine, so the sum over lanes has the same order everywhere: one AVX-512
/// register, two of AVX2, four of NEON.
typealias ScoreVector = SIMD16<Scalar>

extension SIMD16 where Scalar == KernelSupport.Scalar {
  /// eˣ in every lane: both halves by `Vector.exp`.
  @inline(__always)
  static func exp(_ x: Self) -> Self {
    Self(lowHalf: Vector.exp(x.lowHalf), highHalf: Vector.exp(x.highHalf))
  }

  /// The largest lane; NaN is passed over where another lane follows.
  @inline(__always)
  var largestLane: Scalar {
    let eight = lowHalf.replacing(with: highHalf, where: lowHalf .< highHalf)
    let four = eight.lowHalf.replacing(with: eight.highHalf, where: eight.lowHalf .< eight.highHalf)
    let two = four.lowHalf.replacing(with: four.highHalf, where: four.lowHalf .< four.highHalf)
    return two.x < two.y ? two.y : two.x
  }

  /// The sum of all lanes, halves added to halves.
  @inline(__always)
  var laneSum: Scalar {
    let eight = lowHalf + highHalf
    let four = eight.lowHalf + eight.highHalf
    let two = four.lowHalf + four.highHalf
    return two.x + two.y
  }

  /// The numbers of the lanes.
  @inline(__always)
  static var laneNumbers: Self { Self(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15) }
}

extension AttentionDropout {
  /// The factors of sixteen neighbouring keys; `key` is even.
  @inline(__always)
  func factors(row: Int, key: Int, keys: Int) -> ScoreVector {
    let first = UInt64(truncatingIfNeeded: row &* ((keys &+ 1) / 2) &+ key / 2)
    let numbers = SIMD8<UInt64>(1, 2, 3, 4, 5, 6, 7, 8) &+ first
    var bits = numbers &* 0x9E37_79B9_7F4A_7C15 &+ seed
    bits = (bits ^ (bits &>> 30)) &* 0xBF58_476D_1CE4_E5B9
    bits = (bits ^ (bits &>> 27)) &* 0x94D0_49BB_1331_11EB
    bits = bits ^ (bits &>> 31)
    let halves = unsafe unsafeBitCast(bits, to: SIMD16<UInt32>.self)
    let threshold = UInt32(Double(rate) * 0x1p32)
    var factors = ScoreVector.zero
    for lane in 0..<16 { factors[lane] = halves[lane] >= threshold ? 1 / (1 - rate) : 0 }
    return factors
  }
}
