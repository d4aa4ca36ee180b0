import Backprop
import KernelSupport
import Optimizers
import Testing

/// Random damage of a file, and how reading it ends: with an error or with contents, never with a trap.
@Suite struct SafeTensorsFuzzTests {
  private static let intact = SafeTensors(
    [
      "0.weight": Tensor(repeating: 0.5, shape: [3, 4]), "0.bias": Tensor(shape: [4]),
      "é": Tensor(1), "none": Tensor([], shape: [2, 0]),
    ], metadata: ["training": #"{"batch":3}"#]
  ).encoded

  /// Pieces of headers: what a mutation puts into one is more often near a valid header than noise is.
  private static let pieces = [
    "{", "}", "[", "]", ",", ":", "\"", "\\", "\\u", "\\uD83D", "0", "-1", "9223372036854775807",
    "18446744073709551616", "1e9", "null", "F32", "F64", "I64", "dtype", "shape", "data_offsets",
    "__metadata__", "\"a\":{}", " ", "\0", "[0,4]", "4294967296",
  ].map { Array($0.utf8) }

  /// Changes a file in one to four random places.
  private func damage(_ bytes: inout [UInt8], using generator: inout SeededGenerator) {
    for _ in 0...generator.integer(below: 4) {
      let place = generator.integer(below: bytes.count + 1)
      let end = min(bytes.count, place + generator.integer(below: 20))
      switch generator.integer(below: 7) {
      case 0 where place < bytes.count: bytes[place] ^= 1 << UInt8(generator.integer(below: 8))
      case 1 where place < bytes.count: bytes[place] = UInt8(generator.integer(below: 256))
      case 2: bytes.removeSubrange(place..<end)
      case 3: bytes.insert(contentsOf: bytes[place..<end], at: place)
      case 4: bytes.removeLast(bytes.count - place)
      case 5 where bytes.count >= 8: setHeaderLength(of: &bytes, using: &generator)
      default:
        let piece = Self.pieces[generator.integer(below: Self.pieces.count)]
        bytes.replaceSubrange(place..<min(end, place + piece.count), with: piece)
      }
      if generator.integer(below: 2) == 0 { mendHeaderLength(of: &bytes) }
    }
  }

  private func setHeaderLength(of bytes: inout [UInt8], using generator: inout SeededGenerator) {
    let length = generator.next() >> UInt64(generator.integer(below: 64))
    for index in 0..<8 { bytes[index] = UInt8(truncatingIfNeeded: length >> (8 * index)) }
  }

  /// Lets the header end with its last bracket, so that damage is found further on than there.
  private func mendHeaderLength(of bytes: inout [UInt8]) {
    guard bytes.count > 8, let end = bytes.lastIndex(of: UInt8(ascii: "}")), end >= 8 else {
      return
    }
    let length = end - 7
    for index in 0..<8 { bytes[index] = UInt8(truncatingIfNeeded: length >> (8 * index)) }
  }

  @Test func `ten thousand damaged files end in an error or in contents that fit the file`() {
    var generator = SeededGenerator(seed: 12)
    var reasons: [String: Int] = [:]
    for _ in 0..<10_000 {
      var bytes = Self.intact
      damage(&bytes, using: &generator)
      do throws(SafeTensorsError) {
        let contents = try SafeTensors(decoding: bytes, file: "f")
        let count = contents.tensors.reduce(0) { $0 + $1.value.count }
        // No element takes less than four bytes: contents never outgrow what was read.
        #expect(count <= bytes.count / 4)
        #expect(
          (try? SafeTensors(decoding: contents.encoded, file: "f"))?.encoded == contents.encoded)
        reasons["none", default: 0] += 1
      } catch {
        #expect(error.description.hasPrefix("f: "))
        reasons[String("\(error)".prefix { $0 != "(" }), default: 0] += 1
      }
    }
    // The damage is of many kinds: one that always stopped at the first check would test no other.
    #expect(reasons["none", default: 0] > 100, "\(reasons)")
    #expect(reasons.count >= 5, "\(reasons)")
  }
}
