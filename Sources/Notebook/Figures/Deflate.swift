import KernelSupport

/// The compression of PNG in its simplest useful form: repetitions at one distance, fixed codes.
///
/// The pictures of this book are enlarged pixels on even paper, so that after PNG's filter nearly
/// everything repeats the pixel before. Looking for that one repetition makes a file some twenty times
/// smaller than its pixels, with a page of code.
///
/// Source: Deutsch, "DEFLATE Compressed Data Format Specification", RFC 1951 (1996).
enum Deflate {
  /// The shortest and longest repetition that the format can express.
  private static let lengths = 3...258

  /// The least length for each of the codes 257 to 285; the next code's least length ends its range.
  private static let leastLengths = [
    3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131,
    163, 195, 227, 258,
  ]

  /// How many bits follow each of the codes 257 to 285 to tell the length within its range.
  private static let extraBits = [
    0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0,
  ]

  private static let endOfBlock = 256

  /// Compresses bytes into a zlib stream.
  ///
  /// - Parameters:
  ///   - bytes: what to compress.
  ///   - distance: how far back to look for repetitions, 1 to 4: the bytes of a pixel.
  static func zlibCompressed(_ bytes: [UInt8], distance: Int) -> [UInt8] {
    precondition((1...4).contains(distance), "Deflate: a distance of \(distance)")
    var output = BitWriter()
    output.append(1, count: 1)  // the last block
    output.append(1, count: 2)  // fixed codes
    var place = 0
    while place < bytes.count {
      var length = 0
      while place >= distance, length < lengths.upperBound, place + length < bytes.count,
        bytes[place + length] == bytes[place + length - distance]
      { length += 1 }
      if length >= lengths.lowerBound {
        let index = leastLengths.lastIndex { $0 <= length } ?? 0
        output.append(symbol: 257 + index)
        output.append(length - leastLengths[index], count: extraBits[index])
        output.append(reversing: distance - 1, count: 5)
        place += length
      } else {
        output.append(symbol: Int(bytes[place]))
        place += 1
      }
    }
    output.append(symbol: endOfBlock)
    let header: [UInt8] = [0x78, 0x01]
    return header + output.bytes + bigEndian(Int(CheckSum.adler32(bytes)))
  }

  /// Expands what `zlibCompressed` has written; `nil` for any other stream.
  static func zlibExpanded(_ stream: [UInt8]) -> [UInt8]? {
    guard stream.count > 6, stream.starts(with: [0x78, 0x01]) else { return nil }
    var input = BitReader(bytes: stream.dropFirst(2).dropLast(4))
    guard input.next(1) == 1, input.next(2) == 1 else { return nil }
    var output: [UInt8] = []
    while let symbol = input.nextSymbol() {
      if symbol == endOfBlock {
        let sum = bigEndian(Int(CheckSum.adler32(output)))
        return Array(stream.suffix(4)) == sum ? output : nil
      }
      if symbol < endOfBlock {
        output.append(UInt8(symbol))
        continue
      }
      let index = symbol - 257
      guard index < leastLengths.count, let extra = input.next(extraBits[index]),
        let distance = input.nextReversed(5).map({ $0 + 1 }), distance <= min(4, output.count)
      else { return nil }
      for _ in 0..<(leastLengths[index] + extra) { output.append(output[output.count - distance]) }
    }
    return nil
  }
}

/// Bits that fill bytes from the least significant one.
private struct BitWriter {
  private(set) var bytes: [UInt8] = []
  private var used = 8

  mutating func append(_ value: Int, count: Int) {
    for bit in 0..<count {
      if used == 8 {
        bytes.append(0)
        used = 0
      }
      bytes[bytes.count - 1] |= UInt8(value >> bit & 1) << UInt8(used)
      used += 1
    }
  }

  /// Codes are written from their most significant bit, unlike numbers.
  mutating func append(reversing value: Int, count: Int) {
    for bit in (0..<count).reversed() { append(value >> bit & 1, count: 1) }
  }

  /// Writes a symbol in the fixed code of RFC 1951, section 3.2.6.
  mutating func append(symbol: Int) {
    switch symbol {
    case ..<144: append(reversing: 0b0011_0000 + symbol, count: 8)
    case ..<256: append(reversing: 0b1_1001_0000 + symbol - 144, count: 9)
    case ..<280: append(reversing: symbol - 256, count: 7)
    default: append(reversing: 0b1100_0000 + symbol - 280, count: 8)
    }
  }
}

/// The bits of bytes, from the least significant one of each.
private struct BitReader {
  private let bytes: [UInt8]
  private var place = 0

  init(bytes: ArraySlice<UInt8>) { self.bytes = Array(bytes) }

  mutating func next(_ count: Int) -> Int? {
    guard place + count <= bytes.count * 8 else { return nil }
    var value = 0
    for bit in 0..<count {
      value |= Int(bytes[place / 8] >> UInt8(place % 8) & 1) << bit
      place += 1
    }
    return value
  }

  mutating func nextReversed(_ count: Int) -> Int? {
    var value = 0
    for _ in 0..<count {
      guard let bit = next(1) else { return nil }
      value = value << 1 | bit
    }
    return value
  }

  /// Reads a symbol in the fixed code of RFC 1951, section 3.2.6.
  mutating func nextSymbol() -> Int? {
    guard let short = nextReversed(7) else { return nil }
    if short < 0b001_1000 { return short + 256 }
    guard let bit = next(1) else { return nil }
    let middle = short << 1 | bit
    if middle < 0b1100_0000 { return middle - 0b0011_0000 }
    if middle < 0b1100_1000 { return middle - 0b1100_0000 + 280 }
    guard let last = next(1) else { return nil }
    return (middle << 1 | last) - 0b1_1001_0000 + 144
  }
}
