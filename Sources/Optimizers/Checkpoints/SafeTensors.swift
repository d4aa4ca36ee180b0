import Backprop
import Foundation
import KernelSupport

/// Named tensors in a file that other programs read and write as well.
///
///     offset 0      the length n of the header: 8 bytes, little-endian
///     offset 8      the header, JSON, ending in spaces so that 8 + n is a multiple of 8:
///                   { "__metadata__": { KEY: TEXT, … },
///                     NAME: { "dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24] }, … }
///     offset 8 + n  the elements: little-endian, row-major, tensor after tensor without holes
///
/// Elements of the types `F32`, `F64`, `F16`, `BF16`, `U8` and `BOOL` are read, and converted to `Scalar`; a
/// tensor of another type, such as PyTorch's count of the batches that it normalised, is left out and named.
/// Written are elements of `Scalar`'s own type. Equal values are written as equal bytes.
///
/// Source: Hugging Face, "Safetensors", the format, 2022.
public struct SafeTensors: Equatable, Sendable {
  /// The tensors by name.
  public var tensors: ByName<Tensor> { didSet { checkNames() } }

  /// What the file says about itself: texts by name.
  public var metadata: ByName<String>

  /// What was left out: the types of tensors that are in the file and not in `tensors`, by name.
  public private(set) var skipped: ByName<String> = [:]

  /// Creates the contents of a file.
  ///
  /// - Parameters:
  ///   - tensors: the tensors by name; none may be called `__metadata__`.
  ///   - metadata: texts by name.
  public init(_ tensors: [String: Tensor], metadata: [String: String] = [:]) {
    self.tensors = ByName(tensors)
    self.metadata = ByName(metadata)
    checkNames()
  }

  private func checkNames() {
    precondition(
      tensors["__metadata__"] == nil, "SafeTensors: '__metadata__' cannot be a tensor's name")
  }

  /// Reads a file, piece by piece: it may be larger than the memory that is free beside its tensors.
  ///
  /// - Parameter file: its path.
  /// - Throws: `SafeTensorsError`: `missing`, `unreadable`, and what decoding throws.
  public init(contentsOf file: String) throws(SafeTensorsError) {
    let handle: FileHandle
    let length: Int
    do {
      handle = try openFile(file)
      length = try handle.length()
    } catch {
      if error.cause == .missing { throw .missing(file: file) }
      throw .unreadable(file: file, reason: error.reason)
    }
    try self.init(byteCount: length, file: file) { range throws(SafeTensorsError) in
      do throws(FileError) { return try handle.bytes(range) } catch {
        throw .unreadable(file: file, reason: error.reason)
      }
    }
  }

  /// Reads the contents of a file from memory.
  ///
  /// - Parameters:
  ///   - bytes: the whole file.
  ///   - file: what to call it in messages.
  /// - Throws: `SafeTensorsError`, naming the file and what was expected.
  public init(decoding bytes: [UInt8], file: String) throws(SafeTensorsError) {
    try self.init(byteCount: bytes.count, file: file) { Data(bytes[$0]) }
  }

  /// Reads the contents of a file wherever they lie.
  ///
  /// Nothing is believed before it is checked, and no more memory is taken than the bytes take.
  private init(
    byteCount: Int, file: String, bytes: (Range<Int>) throws(SafeTensorsError) -> Data
  ) throws(SafeTensorsError) {
    guard byteCount >= 8 else { throw .noHeader(file: file, length: byteCount) }
    let headerLength = try bytes(0..<8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    let limit = min(byteCount - 8, SafeTensorsHeader.longest)
    guard headerLength <= UInt64(limit) else {
      throw .headerTooLong(file: file, length: headerLength, limit: limit)
    }
    let dataStart = 8 + Int(headerLength)
    let header = try SafeTensorsHeader([UInt8](bytes(0..<dataStart))[8...], file: file)
    let (length, overflow) = dataStart.addingReportingOverflow(header.dataLength)
    guard !overflow, byteCount >= length else {
      throw .truncated(file: file, length: byteCount, expected: overflow ? nil : length)
    }
    guard byteCount == length else { throw .trailingBytes(file: file, offset: length) }
    tensors = [:]
    metadata = header.metadata
    for entry in header.entries {
      guard let type = entry.type else {
        skipped[entry.name] = entry.typeName
        continue
      }
      var numbers: [Scalar] = []
      numbers.reserveCapacity((entry.end - entry.start) / type.size)
      let piece = 1 << 20
      for start in stride(from: entry.start, to: entry.end, by: piece) {
        let end = min(start + piece, entry.end)
        append(try bytes(dataStart + start..<dataStart + end).span, type, to: &numbers)
      }
      tensors[entry.name] = Tensor(numbers, shape: entry.shape)
    }
  }

  /// The whole file.
  public var encoded: [UInt8] {
    let size = SafeTensorsHeader.ElementType.scalar.size
    let names = tensors.keys
    var entries: [String] = []
    if !metadata.isEmpty {
      let texts = metadata.keys.map { "\(quoted($0)):\(quoted(metadata[$0] ?? ""))" }
      entries.append("\"__metadata__\":{\(texts.joined(separator: ","))}")
    }
    var end = 0
    for name in names {
      guard let tensor = tensors[name] else { continue }
      let start = end
      end += tensor.count * size
      let shape = tensor.shape.map(String.init).joined(separator: ",")
      entries.append(
        "\(quoted(name)):{\"dtype\":\"\(SafeTensorsHeader.ElementType.scalar)\","
          + "\"shape\":[\(shape)],\"data_offsets\":[\(start),\(end)]}")
    }
    var header = Array("{\(entries.joined(separator: ","))}".utf8)
    header += [UInt8](repeating: UInt8(ascii: " "), count: (8 - header.count % 8) % 8)
    var bytes: [UInt8] = []
    bytes.reserveCapacity(8 + header.count + end)
    appendBytes(of: UInt64(header.count), to: &bytes)
    bytes += header
    for name in names {
      for element in tensors[name]?.elements ?? [] {
        appendBytes(of: element.bitPattern, to: &bytes)
      }
    }
    return bytes
  }

  /// Writes a file, whole or not at all: a process that is killed meanwhile leaves the old one.
  ///
  /// - Parameter file: its path; folders on the way to it are created.
  /// - Throws: `SafeTensorsError.unwritable`.
  public func write(to file: String) throws(SafeTensorsError) {
    do {
      try writeWhole(Data(encoded), to: URL(filePath: file))
    } catch {
      throw .unwritable(file: file, reason: error.reason)
    }
  }
}

/// Appends the numbers that bytes stand for.
private func append(
  _ bytes: Span<UInt8>, _ type: SafeTensorsHeader.ElementType, to numbers: inout [Scalar]
) {
  switch type {
  case .F32: append(bytes, to: &numbers) { (bits: UInt32) in Scalar(Float(bitPattern: bits)) }
  case .F64: append(bytes, to: &numbers) { (bits: UInt64) in Scalar(Double(bitPattern: bits)) }
  case .F16: append(bytes, to: &numbers) { (bits: UInt16) in Scalar(halfPrecision(UInt32(bits))) }
  // The first half of a Float's bits, as brain floating point is defined.
  case .BF16:
    append(bytes, to: &numbers) { (bits: UInt16) in Scalar(Float(bitPattern: UInt32(bits) << 16)) }
  case .U8, .BOOL: append(bytes, to: &numbers) { (bits: UInt8) in Scalar(bits) }
  }
}

/// Appends a number for every word of the bytes, the least significant byte first.
private func append<Word: FixedWidthInteger & BitwiseCopyable>(
  _ bytes: Span<UInt8>, to numbers: inout [Scalar], _ number: (Word) -> Scalar
) {
  let (first, count) = (numbers.count, bytes.count / MemoryLayout<Word>.size)
  numbers.append(contentsOf: repeatElement(0, count: count))
  var added = numbers.mutableSpan
  for index in 0..<count {
    let word = unsafe bytes.bytes.unsafeLoadUnaligned(
      fromByteOffset: index * MemoryLayout<Word>.size, as: Word.self)
    added[first + index] = number(Word(littleEndian: word))
  }
}

/// The number of half precision with these bits: 1 for the sign, 5 for the exponent, 10 for the fraction.
///
/// In terms of bits, since `Float16` does not exist on every system that Swift runs on.
private func halfPrecision(_ bits: UInt32) -> Float {
  let (exponent, fraction) = ((bits >> 10) & 31, bits & 1023)
  let magnitude: Float =
    switch exponent {
    case 0: Float(fraction) * 0x1p-24
    case 31: fraction == 0 ? .infinity : .nan
    default: Float(bitPattern: (exponent + 112) << 23 | fraction << 13)
    }
  return bits >> 15 == 1 ? -magnitude : magnitude
}

/// Appends the bytes of a word, the least significant one first.
private func appendBytes(of word: some FixedWidthInteger, to bytes: inout [UInt8]) {
  for shift in stride(from: 0, to: word.bitWidth, by: 8) {
    bytes.append(UInt8(truncatingIfNeeded: word >> shift))
  }
}

/// A text as a string of JSON.
private func quoted(_ text: String) -> String {
  var quoted = "\""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "\"", "\\": quoted += "\\\(scalar)"
    case "\u{0}"..."\u{F}": quoted += "\\u000" + String(scalar.value, radix: 16)
    case "\u{10}"..."\u{1F}": quoted += "\\u00" + String(scalar.value, radix: 16)
    default: quoted.unicodeScalars.append(scalar)
    }
  }
  return quoted + "\""
}
