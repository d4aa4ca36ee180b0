import Foundation
import KernelSupport

/// A picture of 8-bit grey or colour values, and its form as a PNG file.
///
/// Source: W3C, "Portable Network Graphics (PNG) Specification", second edition (2003).
package struct PNG: Equatable {
  /// The width in pixels.
  package var width: Int
  /// The height in pixels.
  package var height: Int
  /// How many values a pixel has: 1 for grey, 3 for red, green and blue.
  package var channelCount: Int
  /// The values, row by row from the top.
  package var values: [UInt8]

  /// Creates a picture.
  package init(width: Int, height: Int, channelCount: Int, values: [UInt8]) {
    precondition(
      (channelCount == 1 || channelCount == 3) && values.count == width * height * channelCount,
      "PNG: \(values.count) values for \(width)×\(height) pixels of \(channelCount) channels")
    self.width = width
    self.height = height
    self.channelCount = channelCount
    self.values = values
  }

  private static let signature: [UInt8] = [137, 80, 78, 71, 13, 10, 26, 10]

  /// The file: signature, header, compressed rows, end.
  package func encoded() -> Data {
    let colorType: UInt8 = channelCount == 1 ? 0 : 2
    let header = bigEndian(width) + bigEndian(height) + [8, colorType, 0, 0, 0]
    let compressed = Deflate.zlibCompressed(filteredRows, distance: channelCount)
    return Data(
      Self.signature + chunk("IHDR", header) + chunk("IDAT", compressed) + chunk("IEND", []))
  }

  /// Every row as its difference from the row above, so that the rows of an enlarged pixel become zeros.
  private var filteredRows: [UInt8] {
    let rowLength = width * channelCount
    let differenceFromAbove: UInt8 = 2
    return (0..<height).flatMap { row in
      let start = row * rowLength
      return [differenceFromAbove]
        + (start..<(start + rowLength)).map { index in
          values[index] &- (row == 0 ? 0 : values[index - rowLength])
        }
    }
  }

  /// Reads a file that `encoded` has written; `nil` if it is any other, or damaged.
  package init?(decoding data: Data) {
    let bytes = Array(data)
    guard bytes.starts(with: Self.signature) else { return nil }
    var place = Self.signature.count
    var header: [UInt8] = []
    var compressed: [UInt8] = []
    var isComplete = false
    while place + 12 <= bytes.count {
      let length = bytes[place..<(place + 4)].reduce(0) { $0 << 8 | Int($1) }
      guard place + 12 + length <= bytes.count else { return nil }
      let content = Array(bytes[(place + 8)..<(place + 8 + length)])
      let name = String(decoding: bytes[(place + 4)..<(place + 8)], as: UTF8.self)
      guard Array(bytes[place..<(place + 12 + length)]) == chunk(name, content) else { return nil }
      if name == "IHDR" { header = content }
      if name == "IDAT" { compressed += content }
      if name == "IEND" { isComplete = true }
      place += 12 + length
    }
    guard isComplete, header.count == 13, let rows = Deflate.zlibExpanded(compressed) else {
      return nil
    }
    let width = header[0..<4].reduce(0) { $0 << 8 | Int($1) }
    let height = header[4..<8].reduce(0) { $0 << 8 | Int($1) }
    let channelCount = header[9] == 0 ? 1 : 3
    let rowLength = width * channelCount
    guard rows.count == height * (rowLength + 1) else { return nil }
    var values = [UInt8](repeating: 0, count: height * rowLength)
    for row in 0..<height {
      guard rows[row * (rowLength + 1)] == 2 else { return nil }
      for column in 0..<rowLength {
        let index = row * rowLength + column
        values[index] =
          rows[row * (rowLength + 1) + 1 + column] &+ (row == 0 ? 0 : values[index - rowLength])
      }
    }
    self.init(width: width, height: height, channelCount: channelCount, values: values)
  }
}

/// A part of a PNG file: length, name, content, check sum.
private func chunk(_ name: String, _ content: [UInt8]) -> [UInt8] {
  let checked = Array(name.utf8) + content
  return bigEndian(content.count) + checked + bigEndian(Int(CheckSum.crc32(checked)))
}

/// Four bytes, the most significant first.
func bigEndian(_ value: Int) -> [UInt8] {
  [24, 16, 8, 0].map { UInt8(value >> $0 & 255) }
}

/// The check sums of PNG and zlib.
package enum CheckSum {
  private static let table: [UInt32] = (0..<256).map { index in
    (0..<8).reduce(UInt32(index)) { value, _ in
      value & 1 == 1 ? value >> 1 ^ 0xEDB8_8320 : value >> 1
    }
  }

  /// The cyclic redundancy check of PNG's chunks.
  package static func crc32(_ bytes: [UInt8]) -> UInt32 {
    ~bytes.reduce(0xFFFF_FFFF) { value, byte in
      table[Int((value ^ UInt32(byte)) & 255)] ^ value >> 8
    }
  }

  /// The check sum at the end of a zlib stream.
  ///
  /// Source: Deutsch and Gailly, RFC 1950 (1996).
  package static func adler32(_ bytes: [UInt8]) -> UInt32 {
    var (low, high): (UInt32, UInt32) = (1, 0)
    for byte in bytes {
      low = (low + UInt32(byte)) % 65521
      high = (high + low) % 65521
    }
    return high << 16 | low
  }
}
