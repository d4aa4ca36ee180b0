import KernelSupport

/// What can be wrong with a safetensors file. Offsets count from the first byte of the file.
public enum SafeTensorsError: ReportedError, Equatable {
  /// There is no such file.
  case missing(file: String)
  /// The file exists and cannot be read; `reason` is the system's.
  case unreadable(file: String, reason: String)
  /// The file cannot be written; `reason` is the system's.
  case unwritable(file: String, reason: String)
  /// The file has fewer than the eight bytes that every one begins with.
  case noHeader(file: String, length: Int)
  /// The header claims to end after the file, or to be longer than any header may be.
  case headerTooLong(file: String, length: UInt64, limit: Int)
  /// The header is not the JSON that it should be.
  case malformedHeader(file: String, offset: Int, expected: String)
  /// Two entries of the header, the second one at `offset`, have one name.
  case duplicateName(file: String, offset: Int, name: String)
  /// A tensor that is needed has elements of a type that is not converted.
  case unsupportedType(file: String, tensor: String, type: String)
  /// A tensor's data offsets do not enclose what its type and shape need; nil stands for more bytes than
  /// can be addressed.
  case wrongLength(file: String, tensor: String, offsets: [Int], shape: [Int], expected: Int?)
  /// A tensor's data do not begin where those before it end: there is a hole or an overlap.
  case misplaced(file: String, tensor: String, start: Int, expected: Int)
  /// The file ends before the data that its header announces.
  case truncated(file: String, length: Int, expected: Int?)
  /// The file goes on after byte `offset`, where the data that its header announces end.
  case trailingBytes(file: String, offset: Int)

  /// One line: the file, the place in it, what was expected.
  public var description: String {
    switch self {
    case .missing(let file):
      "\(file): does not exist; expected a safetensors file"
    case .unreadable(let file, let reason):
      "\(file): cannot be read: \(reason)"
    case .unwritable(let file, let reason):
      "\(file): cannot be written: \(reason)"
    case .noHeader(let file, let length):
      "\(file): offset 0: expected the length of the header in 8 bytes, found \(length)"
    case .headerTooLong(let file, let length, let limit):
      "\(file): offset 0: expected a header of at most \(limit) bytes, found one of \(length)"
    case .malformedHeader(let file, let offset, let expected):
      "\(file): offset \(offset): expected \(expected)"
    case .duplicateName(let file, let offset, let name):
      "\(file): offset \(offset): expected every name once, found '\(name)' again"
    case .unsupportedType(let file, let tensor, let type):
      "\(file): tensor '\(tensor)': expected the type F32, F64, F16, BF16, U8 or BOOL, found '\(type)'"
    case .wrongLength(let file, let tensor, let offsets, let shape, let expected):
      "\(file): tensor '\(tensor)': data_offsets are \(offsets), expected \(bytes(expected)) for the "
        + "shape \(shape)"
    case .misplaced(let file, let tensor, let start, let expected):
      "\(file): tensor '\(tensor)': data begin at \(start), expected \(expected), where those before "
        + "end"
    case .truncated(let file, let length, let expected):
      "\(file): offset \(length): the file ends, expected \(bytes(expected))"
    case .trailingBytes(let file, let offset):
      "\(file): offset \(offset): expected the end of the file, found more bytes"
    }
  }

  /// 66 where the file is missing or cannot be read, 73 where it cannot be written, 65 where its contents
  /// are wrong.
  public var exitStatus: ExitStatus {
    switch self {
    case .missing, .unreadable: .missingInput
    case .unwritable: .cannotWrite
    case .noHeader, .headerTooLong, .malformedHeader, .duplicateName, .unsupportedType,
      .wrongLength, .misplaced, .truncated, .trailingBytes:
      .badData
    }
  }
}

private func bytes(_ count: Int?) -> String {
  count.map { "\($0) bytes" } ?? "more bytes than can be addressed"
}
