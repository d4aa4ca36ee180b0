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

  /// Reads a file.
  ///
  /// - Parameter file: its path.
  /// - Throws: `SafeTensorsError`: `missing`, `unreadable`, and what decoding throws.
  public init(contentsOf file: String) throws(SafeTensorsError) {
    let data: Data
    do {
      data = try KernelSupport.contents(ofFile: file)
    } catch {
      if error.cause == .missing { throw .missing(file: file) }
      throw .unreadable(file: file, reason: error.reason)
    }
    try self.init(decoding: data.span, file: file)
  }

  /// Reads the contents of a file from memory.
  ///
  /// Nothing is believed before it is checked, and no more memory is taken than the bytes take.
  ///
  /// - Parameters:
  ///   - bytes: the whole file.
  ///   - file: what to call it in messages.
  /// - Throws: `SafeTensorsError`, naming the file and what was expected.
  public init(decoding bytes: [UInt8], file: String) throws(SafeTensorsError) {
    try self.init(decoding: bytes.span, file: file)
  }

  /// Reads the contents of a file where they lie: gigabytes are not copied once more.
  private init(decoding bytes: Span<UInt8>, file: String) throws(SafeTensorsError) {
    guard bytes.count >= 8 else { throw .noHeader(file: file, length: bytes.count) }
    let headerLength = (0..<8).reduce(UInt64(0)) { $0 | UInt64(bytes[$1]) << (8 * $1) }
    let limit = min(bytes.count - 8, SafeTensorsHeader.longest)
    guard headerLength <= UInt64(limit) else {
      throw .headerTooLong(file: file, length: headerLength, limit: limit)
    }
    let dataStart = 8 + Int(headerLength)
    let header = try SafeTensorsHeader((0..<dataStart).map { bytes[$0] }[8...], file: file)
    let (length, overflow) = dataStart.addingReportingOverflow(header.dataLength)
    guard !overflow, bytes.count >= length else {
      throw .truncated(file: file, length: bytes.count, expected: overflow ? nil : length)
    }
    guard bytes.count == length else { throw .trailingBytes(file: file, offset: length) }
    tensors = [:]
    metadata = header.metadata
    for entry in header.entries {
      guard let type = entry.type else {
        skipped[entry.name] = entry.typeName
        continue
      }
      let data = bytes.extracting(dataStart + entry.start..<dataStart + entry.end)
      tensors[entry.name] = Tensor(scalars(data, type), shape: entry.shape)
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

/// The numbers that bytes stand for.
private func scalars(_ bytes: Span<UInt8>, _ type: SafeTensorsHeader.ElementType) -> [Scalar] {
  var numbers: [Scalar] = []
  numbers.reserveCapacity(bytes.count / type.size)
  for start in stride(from: 0, to: bytes.count, by: type.size) {
    var bits: UInt64 = 0
    for index in 0..<type.size { bits |= UInt64(bytes[start + index]) << (8 * UInt64(index)) }
    switch type {
    case .F32: numbers.append(Scalar(Float(bitPattern: UInt32(truncatingIfNeeded: bits))))
    case .F64: numbers.append(Scalar(Double(bitPattern: bits)))
    case .F16: numbers.append(Scalar(halfPrecision(UInt32(bits))))
    // The first half of a Float's bits, as brain floating point is defined.
    case .BF16: numbers.append(Scalar(Float(bitPattern: UInt32(bits) << 16)))
    case .U8, .BOOL: numbers.append(Scalar(bits))
    }
  }
  return numbers
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
