import Backprop
import Foundation
import KernelSupport
import Optimizers

/// A folder with a GPT-2 as the `transformers` library keeps it: `config.json`, `model.safetensors`, and perhaps
/// `vocab.json` and `merges.txt`.
///
/// What `save_pretrained` writes is read, with and without the prefix `transformer.`, with a tied head present or absent, with
/// the buffers of old masks; and what is written here, `from_pretrained` reads. Nothing is transposed: GPT-2's `Conv1D` holds its
/// weights as this book's `Dense` does, [in, out].
public struct GPT2Folder {
  /// The model.
  public let model: GPT
  /// Its tokens; nil where the folder has none.
  public let encoding: BytePairEncoding?

  /// Joins a model and its tokens, to be written.
  ///
  /// - Parameters:
  ///   - model: the model.
  ///   - encoding: its tokens, at most as many as the model has; nil for none.
  public init(_ model: GPT, _ encoding: BytePairEncoding?) {
    precondition(
      encoding.map { $0.count <= model.configuration.vocabulary } ?? true,
      "GPT2Folder: \(encoding?.count ?? 0) tokens for a model of \(model.configuration.vocabulary)")
    self.model = model
    self.encoding = encoding
  }

  /// Reads a folder.
  ///
  /// Every size is compared with the tensors that are there before a model is built from it.
  ///
  /// - Parameter folder: its path.
  /// - Throws: `ModelFileError` and `SafeTensorsError`, one clear line each.
  public init(contentsOf folder: String) throws {
    let configurationFile = folder + "/config.json"
    let configuration = try GPTConfiguration(
      json: try Self.data(configurationFile, "a model's settings"), file: configurationFile)
    let weightFile = folder + "/model.safetensors"
    let weights = try SafeTensors(contentsOf: weightFile)
    model = try GPT(configuration, weights.tensors, file: weightFile)
    let (vocabularyFile, mergesFile) = (folder + "/vocab.json", folder + "/merges.txt")
    guard FileManager.default.fileExists(atPath: vocabularyFile) else {
      encoding = nil
      return
    }
    let encoding = try BytePairEncoding(
      vocabulary: try Self.data(vocabularyFile, "the tokens"), vocabularyFile: vocabularyFile,
      mergeText: String(decoding: try Self.data(mergesFile, "the merges"), as: UTF8.self),
      mergesFile: mergesFile)
    guard encoding.count <= configuration.vocabulary else {
      throw ModelFileError.badVocabulary(
        file: vocabularyFile,
        reason: "\(encoding.count) tokens, expected at most the model's \(configuration.vocabulary)"
      )
    }
    self.encoding = encoding
  }

  /// Writes the folder, file by file, each whole or not at all.
  ///
  /// - Parameter folder: its path; folders on the way to it are created.
  /// - Throws: `ModelFileError.unwritable`, `SafeTensorsError.unwritable`.
  public func write(to folder: String) throws {
    try SafeTensors(model.gpt2Tensors, metadata: ["format": "pt"])
      .write(to: folder + "/model.safetensors")
    try Self.write(model.configuration.json, to: folder + "/config.json")
    guard let encoding else { return }
    try Self.write(encoding.vocabularyJSON, to: folder + "/vocab.json")
    try Self.write(encoding.mergeText, to: folder + "/merges.txt")
  }

  private static func data(_ file: String, _ expected: String) throws(ModelFileError) -> Data {
    do { return try contents(ofFile: file) } catch {
      throw .missing(file: file, expected: expected)
    }
  }

  private static func write(_ text: String, to file: String) throws(ModelFileError) {
    do {
      try writeWhole(Data(text.utf8), to: URL(filePath: file))
    } catch {
      throw .unwritable(file: file, reason: error.reason)
    }
  }
}

extension GPT {
  /// GPT-2's names of this model's parameters.
  private static func gpt2Name(_ name: String) -> String {
    let parts = name.split(separator: ".").map(String.init)
    switch parts[0] {
    case "tokens": return "wte.weight"
    case "positions": return "wpe.weight"
    case "finalNorm": return "ln_f.\(parts[1])"
    default:
      let path = parts[2...].joined(separator: ".")
      let names = [
        "attentionNorm": "ln_1", "feedForwardNorm": "ln_2",
        "attention.queryKeyValue": "attn.c_attn", "attention.output": "attn.c_proj",
        "feedForward.up": "mlp.c_fc", "feedForward.down": "mlp.c_proj",
      ]
      for (own, theirs) in names where path.hasPrefix("\(own).") {
        return "h.\(parts[1]).\(theirs).\(parts[parts.count - 1])"
      }
      preconditionFailure("GPT: a parameter '\(name)' that GPT-2 has no name for")
    }
  }

  /// The parameters under GPT-2's names, as `save_pretrained` writes them.
  var gpt2Tensors: [String: Tensor] {
    Dictionary(
      uniqueKeysWithValues: parameters(of: self).map {
        ("transformer.\(Self.gpt2Name($0.name))", $0.variable.value)
      })
  }

  /// Builds a model from tensors under GPT-2's names.
  init(
    _ configuration: GPTConfiguration, _ tensors: ByName<Tensor>, file: String
  ) throws(ModelFileError) {
    let prefix = "transformer."
    var left: [String: Tensor] = [:]
    for (name, tensor) in tensors {
      left[name.hasPrefix(prefix) ? String(name.dropFirst(prefix.count)) : name] = tensor
    }
    func check(_ name: String, _ shape: [Int]) throws(ModelFileError) {
      guard let tensor = left[name] else {
        throw .missingTensor(file: file, tensor: name, shape: shape)
      }
      guard tensor.shape == shape else {
        throw .otherShape(file: file, tensor: name, found: tensor.shape, expected: shape)
      }
    }
    // The sizes that a model is allocated by must be those of tensors that are there.
    let width = configuration.width
    try check("wte.weight", [configuration.vocabulary, width])
    try check("wpe.weight", [configuration.context, width])
    for layer in 0..<configuration.layers {
      try check("h.\(layer).attn.c_attn.weight", [width, 3 * width])
      try check("h.\(layer).mlp.c_fc.weight", [width, configuration.inner])
    }
    func fill(_ parameters: [NamedParameter], of path: String) throws(ModelFileError) {
      for parameter in parameters {
        let name = Self.gpt2Name(path + parameter.name)
        try check(name, parameter.variable.value.shape)
        if let tensor = left.removeValue(forKey: name) { parameter.variable.setValue(tensor) }
      }
    }
    try self.init(zeros: configuration) { block, index throws(ModelFileError) in
      try fill(parameters(of: block), of: "blocks.\(index).")
    }
    try fill(parameters(of: self).filter { !$0.name.hasPrefix("blocks.") }, of: "")
    // A head that is written out though it is tied must be the token table.
    if let head = left.removeValue(forKey: "lm_head.weight"), head != tokens.value {
      throw .unexpectedTensor(file: file, tensor: "lm_head.weight, which is not wte.weight")
    }
    let buffers = [".attn.bias", ".attn.masked_bias"]
    let strangers = left.keys.filter { name in !buffers.contains { name.hasSuffix($0) } }
    if let stranger = strangers.min() {
      throw .unexpectedTensor(file: file, tensor: stranger)
    }
  }
}
