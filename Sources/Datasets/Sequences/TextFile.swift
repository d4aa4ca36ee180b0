import Foundation
import KernelSupport

/// Text read from a file.
public enum TextFile {
  /// Reads a text file, plain or with `.gz` at its end.
  ///
  /// - Parameters:
  ///   - path: the file's path.
  ///   - count: the fewest characters that will do.
  ///   - limit: the most bytes that are read: a small compressed file can claim to be anything.
  ///   - variety: the most different characters that are accepted: a model has an output for each.
  /// - Returns: the text; lines that end with a carriage return and a new line end with a new line.
  /// - Throws: `TextError`, `DatasetError`.
  public static func read(
    _ path: String, atLeast count: Int = 1, atMost limit: Int = 1 << 28, variety: Int = 10_000
  ) throws -> String {
    var file = try InputFile(open(path), path: path)
    let bytes = try file.read(limit + 1)
    guard bytes.count <= limit else { throw TextError.tooLong(path, limit: limit) }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw TextError.notUTF8(path, offset: firstInvalidByte(bytes))
    }
    let unified = text.replacing("\r\n", with: "\n")
    guard unified.count >= count else {
      throw TextError.tooShort(path, found: unified.count, expected: count)
    }
    let different = Set(unified).count
    guard different <= variety else {
      throw TextError.tooVaried(path, found: different, limit: variety)
    }
    return unified
  }

  private static func open(_ path: String) throws -> FileHandle {
    do {
      return try openFile(path)
    } catch {
      switch error.cause {
      case .missing: throw TextError.missing(path)
      case .noFile: throw TextError.notAFile(path)
      default: throw DatasetError.unreadable(file: path, reason: error.reason)
      }
    }
  }

  /// Where the first bytes are that are no character.
  private static func firstInvalidByte(_ bytes: [UInt8]) -> Int {
    var decoder = UTF8()
    var iterator = bytes.makeIterator()
    var offset = 0
    while case .scalarValue(let scalar) = decoder.decode(&iterator) {
      offset += UTF8.width(scalar)
    }
    return offset
  }
}

/// What can be wrong with a text file.
public enum TextError: ReportedError, Equatable {
  /// There is no such file.
  case missing(String)
  /// It is a folder, a pipe or something else that is no file.
  case notAFile(String)
  /// Its bytes are no UTF-8.
  case notUTF8(String, offset: Int)
  /// It has more bytes than are read.
  case tooLong(String, limit: Int)
  /// It has too few characters to learn from.
  case tooShort(String, found: Int, expected: Int)
  /// It has more different characters than a model has outputs.
  case tooVaried(String, found: Int, limit: Int)

  /// One line: the file and what was expected.
  public var description: String {
    switch self {
    case .missing(let path): "\(path): no such file; expected a text"
    case .notAFile(let path): "\(path): is no file; expected a text"
    case .notUTF8(let path, let offset):
      "\(path): byte \(offset) begins no character of UTF-8; expected a text"
    case .tooLong(let path, let limit): "\(path): expected a text of at most \(limit) bytes"
    case .tooShort(let path, let found, let expected):
      "\(path): \(found) characters; expected at least \(expected)"
    case .tooVaried(let path, let found, let limit):
      "\(path): \(found) different characters; expected at most \(limit)"
    }
  }

  /// The input is missing, or is not what it should be.
  public var exitStatus: ExitStatus {
    switch self {
    case .missing: .missingInput
    default: .badData
    }
  }
}
