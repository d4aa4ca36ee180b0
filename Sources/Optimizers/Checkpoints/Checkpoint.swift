import Backprop
import Foundation
import KernelSupport

/// A moment of training: all that decides how it goes on, in one safetensors file.
///
/// The parameters have their own names in it, so that other programs find them under
/// `encoder.0.weight`. An optimizer's slot is `optimizer/encoder.0.weight.firstMoment`, and what early
/// stopping remembers is `best/encoder.0.weight`: no parameter can be called so. How far training is
/// stands as JSON in the metadata, under `training`; what the trainer's context says, under its own names.
public struct Checkpoint: Equatable, Sendable {
  /// The parameters, and what else the model consists of, by their dotted names.
  public var parameters: [String: Tensor]
  /// What the parameters were at early stopping's best loss; none without early stopping.
  public var bestParameters: [String: Tensor]
  /// The optimizer's slots, as `OptimizerState.tensors` names them.
  public var optimizerState: [String: Tensor]
  /// How far training is.
  public var progress: TrainingProgress
  /// What the numbers mean beyond the model's shapes, by name; none is called `training`.
  public var context: ByName<String>

  private static let bestPrefix = "best/"
  private static let optimizerPrefix = "optimizer/"
  private static let progressKey = "training"

  /// Creates a checkpoint.
  init(
    parameters: [String: Tensor], bestParameters: [String: Tensor],
    optimizerState: [String: Tensor], progress: TrainingProgress, context: ByName<String>
  ) {
    precondition(
      context[Self.progressKey] == nil,
      "Checkpoint: a context called '\(Self.progressKey)', where the progress stands")
    self.parameters = parameters
    self.bestParameters = bestParameters
    self.optimizerState = optimizerState
    self.progress = progress
    self.context = context
  }

  /// Reads a checkpoint.
  ///
  /// - Parameter file: its path.
  /// - Throws: `SafeTensorsError` where it is no intact safetensors file, `CheckpointError.noProgress` where
  ///   it does not say how far training was.
  public init(contentsOf file: String) throws {
    let contents = try SafeTensors(contentsOf: file)
    guard let text = contents.metadata[Self.progressKey],
      let progress = try? decoder.decode(TrainingProgress.self, from: Data(text.utf8)),
      progress.isPossible
    else { throw CheckpointError.noProgress(file: file) }
    var context = contents.metadata
    context[Self.progressKey] = nil
    self.init(
      parameters: [:], bestParameters: [:], optimizerState: [:], progress: progress,
      context: context)
    if let (name, type) = contents.skipped.first(where: { _ in true }) {
      throw SafeTensorsError.unsupportedType(file: file, tensor: name, type: type)
    }
    for (name, tensor) in contents.tensors {
      if name.hasPrefix(Self.optimizerPrefix) {
        optimizerState[String(name.dropFirst(Self.optimizerPrefix.count))] = tensor
      } else if name.hasPrefix(Self.bestPrefix) {
        bestParameters[String(name.dropFirst(Self.bestPrefix.count))] = tensor
      } else {
        parameters[name] = tensor
      }
    }
  }

  /// Writes the checkpoint, whole or not at all: a process that is killed meanwhile leaves the old one.
  ///
  /// - Parameter file: its path; folders on the way to it are created.
  /// - Throws: `SafeTensorsError.unwritable`.
  public func write(to file: String) throws(SafeTensorsError) {
    var tensors = parameters
    for (name, tensor) in bestParameters { tensors[Self.bestPrefix + name] = tensor }
    for (name, tensor) in optimizerState { tensors[Self.optimizerPrefix + name] = tensor }
    guard let json = try? encoder.encode(progress) else {
      preconditionFailure("Checkpoint.write: progress \(progress) cannot be JSON")
    }
    let text = String(decoding: json, as: UTF8.self)
    var contents = SafeTensors(tensors)
    contents.metadata = context
    contents.metadata[Self.progressKey] = text
    try contents.write(to: file)
  }

  /// Gives a model the parameters of the checkpoint.
  ///
  /// - Parameters:
  ///   - model: the model's parameters.
  ///   - file: where the checkpoint came from, for messages.
  /// - Throws: `CheckpointError` unless names and shapes are the model's; nothing is changed then.
  public func restore(_ model: [NamedParameter], file: String) throws(CheckpointError) {
    try check(model, file: file)
    for parameter in model {
      if let tensor = parameters[parameter.name] { parameter.variable.setValue(tensor) }
    }
  }

  /// Makes sure that the numbers mean what a training takes them to mean.
  ///
  /// - Parameters:
  ///   - context: what the checkpoint must say, by name; it may say more.
  ///   - file: where the checkpoint came from, for messages.
  /// - Throws: `CheckpointError.otherContext`.
  public func check(_ context: ByName<String>, file: String) throws(CheckpointError) {
    for (name, expected) in context {
      let found = self.context[name]
      guard let found, found.utf8.elementsEqual(expected.utf8) else {
        throw .otherContext(file: file, name: name, found: found, expected: expected)
      }
    }
  }

  /// Makes sure that the checkpoint has a model's parameters and no others.
  func check(_ model: [NamedParameter], file: String) throws(CheckpointError) {
    _ = try values(of: model, in: parameters, file: file)
    let known = Set(model.map(\.name))
    if let stranger = parameters.keys.filter({ !known.contains($0) }).min() {
      throw .unexpected(file: file, tensor: stranger)
    }
  }

  /// What the parameters of a model were at early stopping's best loss, in their order.
  func bestValues(
    of model: [NamedParameter], file: String
  ) throws(CheckpointError) -> [Tensor] {
    try values(of: model, in: bestParameters, prefix: Self.bestPrefix, file: file)
  }

  /// The tensors of a model's parameters, each there and of the parameter's shape.
  private func values(
    of model: [NamedParameter], in tensors: [String: Tensor], prefix: String = "", file: String
  ) throws(CheckpointError) -> [Tensor] {
    var values: [Tensor] = []
    for parameter in model {
      let (name, expected) = (prefix + parameter.name, parameter.variable.value.shape)
      guard let tensor = tensors[parameter.name] else {
        throw .missing(file: file, parameter: name, shape: expected)
      }
      guard tensor.shape == expected else {
        throw .otherShape(file: file, parameter: name, found: tensor.shape, expected: expected)
      }
      values.append(tensor)
    }
    return values
  }
}

/// A loss that overflowed is part of history, and JSON has no number for it.
private let infinities = (positive: "∞", negative: "−∞", nan: "NaN")

private var encoder: JSONEncoder {
  let encoder = JSONEncoder()
  encoder.outputFormatting = .sortedKeys
  encoder.nonConformingFloatEncodingStrategy = .convertToString(
    positiveInfinity: infinities.positive, negativeInfinity: infinities.negative,
    nan: infinities.nan)
  return encoder
}

private var decoder: JSONDecoder {
  let decoder = JSONDecoder()
  decoder.nonConformingFloatDecodingStrategy = .convertFromString(
    positiveInfinity: infinities.positive, negativeInfinity: infinities.negative,
    nan: infinities.nan)
  return decoder
}
