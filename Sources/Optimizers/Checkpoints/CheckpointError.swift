import KernelSupport

/// A checkpoint that does not fit the model and the training that it should go on with.
public enum CheckpointError: ReportedError, Equatable {
  /// The file does not say how far training was, or says what cannot be.
  case noProgress(file: String)
  /// The file has no tensor for a parameter of the model.
  case missing(file: String, parameter: String, shape: [Int])
  /// The file has a tensor that the model has no parameter for.
  case unexpected(file: String, tensor: String)
  /// A parameter of the model has another shape in the file.
  case otherShape(file: String, parameter: String, found: [Int], expected: [Int])
  /// The optimizer's state does not fit.
  case otherOptimizer(file: String, reason: OptimizerStateError)
  /// The file is of a training with other batches; both are the number of examples and the batch size.
  case otherBatches(file: String, found: [Int], expected: [Int])
  /// The file's numbers mean something else: it was made with another vocabulary, say, or none.
  case otherContext(file: String, name: String, found: String?, expected: String)

  /// One line: the file and what was expected.
  public var description: String {
    switch self {
    case .noProgress(let file):
      "\(file): expected the progress of a training in the metadata, under 'training'"
    case .missing(let file, let parameter, let shape):
      "\(file): expected a tensor '\(parameter)' of shape \(shape), found none"
    case .unexpected(let file, let tensor):
      "\(file): expected the model's parameters only, found a tensor '\(tensor)'"
    case .otherShape(let file, let parameter, let found, let expected):
      "\(file): expected '\(parameter)' of shape \(expected), found shape \(found)"
    case .otherOptimizer(let file, let reason):
      "\(file): \(reason)"
    case .otherBatches(let file, let found, let expected):
      "\(file): expected a training on \(expected[0]) examples in batches of \(expected[1]), found "
        + "\(found[0]) in batches of \(found[1])"
    case .otherContext(let file, let name, nil, _):
      "\(file): expected the \(name) of this training, found none"
    case .otherContext(let file, let name, let found?, let expected):
      "\(file): expected the \(name) of this training, found another, which has "
        + "\(excerpt(of: found, differingFrom: expected)) where this one has "
        + excerpt(of: expected, differingFrom: found)
    }
  }

  /// The status of wrong contents.
  public var exitStatus: ExitStatus { .badData }
}

/// A few characters of a text from where it begins to differ from another, on one line.
private func excerpt(of text: String, differingFrom other: String) -> String {
  let (own, others) = (Array(text.unicodeScalars), Array(other.unicodeScalars))
  let start = zip(own, others).prefix { $0 == $1 }.count
  let rest = own[start...].prefix(12)
  let texts = rest.map { $0.value < 0x20 ? $0.escaped(asASCII: true) : String($0) }
  return rest.isEmpty ? "its end" : "'\(texts.joined())'"
}
