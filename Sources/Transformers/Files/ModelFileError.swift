import KernelSupport

/// What can be wrong with a folder that holds a GPT-2 model, beside what is wrong with its safetensors file.
public enum ModelFileError: ReportedError, Equatable {
  /// There is no such file, or it cannot be read.
  case missing(file: String, expected: String)
  /// The file cannot be written; `reason` is the system's.
  case unwritable(file: String, reason: String)
  /// The file is not the JSON that it should be.
  case malformed(file: String, expected: String)
  /// A setting is missing, or has a value that this reader has no model for.
  case unsupported(file: String, key: String, found: String, expected: String)
  /// A tensor that the configuration asks for is missing.
  case missingTensor(file: String, tensor: String, shape: [Int])
  /// A tensor has another shape than the configuration asks for.
  case otherShape(file: String, tensor: String, found: [Int], expected: [Int])
  /// A tensor that no model of this configuration has.
  case unexpectedTensor(file: String, tensor: String)
  /// A line of the merges is no pair, or a pair that makes no token.
  case badMerge(file: String, line: Int, reason: String)
  /// The vocabulary has a gap, a token twice, or lacks a byte.
  case badVocabulary(file: String, reason: String)

  /// One line: the file and what was expected.
  public var description: String {
    switch self {
    case .missing(let file, let expected):
      "\(file): cannot be read; expected \(expected)"
    case .unwritable(let file, let reason):
      "\(file): cannot be written: \(reason)"
    case .malformed(let file, let expected):
      "\(file): expected \(expected)"
    case .unsupported(let file, let key, let found, let expected):
      "\(file): '\(key)' is \(found), expected \(expected)"
    case .missingTensor(let file, let tensor, let shape):
      "\(file): expected a tensor '\(tensor)' of shape \(shape), found none"
    case .otherShape(let file, let tensor, let found, let expected):
      "\(file): expected '\(tensor)' of shape \(expected), found shape \(found)"
    case .unexpectedTensor(let file, let tensor):
      "\(file): expected the tensors of a GPT-2 only, found '\(tensor)'"
    case .badMerge(let file, let line, let reason):
      "\(file): line \(line): \(reason)"
    case .badVocabulary(let file, let reason):
      "\(file): \(reason)"
    }
  }

  /// 66 where a file is missing, 73 where it cannot be written, 65 where its contents are wrong.
  public var exitStatus: ExitStatus {
    switch self {
    case .missing: .missingInput
    case .unwritable: .cannotWrite
    default: .badData
    }
  }
}
