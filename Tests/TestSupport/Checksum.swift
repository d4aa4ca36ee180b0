import KernelSupport

/// A checksum of the bits of numbers: one flipped bit changes it.
///
/// Source: Fowler, Noll and Vo, FNV-1a.
public func checksum(_ numbers: [Scalar]) -> UInt64 {
  numbers.reduce(0xCBF2_9CE4_8422_2325) { hash, number in
    (hash ^ UInt64(number.bitPattern)) &* 0x100_0000_01B3
  }
}
