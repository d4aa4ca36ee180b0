import Foundation
import KernelSupport

extension GPTConfiguration {
  /// Reads a `config.json` as the `transformers` library writes it for GPT-2.
  ///
  /// - Parameters:
  ///   - data: the file's bytes.
  ///   - file: what to call it in messages.
  /// - Throws: `ModelFileError` for JSON of another form, a missing size, a size that cannot be, and settings that
  ///   make another model of the same tensors.
  init(json data: Data, file: String) throws(ModelFileError) {
    guard let object = try? JSONSerialization.jsonObject(with: data),
      let settings = object as? [String: Any]
    else { throw .malformed(file: file, expected: "a JSON object with a model's settings") }
    let reader = SettingsReader(settings: settings, file: file)
    try reader.require("model_type", "gpt2")
    // Settings that change what is computed, at the only values that are computed here.
    for (key, value) in [
      ("scale_attn_weights", true), ("scale_attn_by_inverse_layer_idx", false),
      ("add_cross_attention", false), ("tie_word_embeddings", true),
    ] { try reader.require(key, value) }
    let (heads, width) = (try reader.size("n_head"), try reader.size("n_embd"))
    guard width.isMultiple(of: heads) else {
      throw .unsupported(
        file: file, key: "n_head", found: "\(heads)", expected: "a divisor of n_embd, \(width)")
    }
    let activation: FeedForwardActivation
    switch settings["activation_function"] as? String ?? "gelu_new" {
    case "gelu_new", "gelu_pytorch_tanh": activation = .tanhGELU
    case "gelu": activation = .exactGELU
    case "relu": activation = .relu
    case let other:
      throw .unsupported(
        file: file, key: "activation_function", found: "'\(other)'",
        expected: "gelu_new, gelu or relu")
    }
    let epsilon = settings["layer_norm_epsilon"] as? Double ?? 1e-5
    guard epsilon > 0, epsilon < 1 else {
      throw .unsupported(
        file: file, key: "layer_norm_epsilon", found: "\(epsilon)", expected: "one in (0, 1)")
    }
    self.init(
      vocabulary: try reader.size("vocab_size"), context: try reader.size("n_positions"),
      width: width, layers: try reader.size("n_layer", most: 10_000), heads: heads,
      inner: try reader.optionalSize("n_inner"), activation: activation, epsilon: Scalar(epsilon))
  }

  /// The configuration as `transformers` reads it.
  var json: String {
    let activationName =
      switch activation {
      case .relu: "relu"
      case .tanhGELU: "gelu_new"
      case .exactGELU: "gelu"
      }
    let epsilonText = "\(Double("\(epsilon)") ?? 1e-5)"
    return """
      {
        "activation_function": "\(activationName)",
        "architectures": ["GPT2LMHeadModel"],
        "bos_token_id": \(vocabulary - 1),
        "eos_token_id": \(vocabulary - 1),
        "layer_norm_epsilon": \(epsilonText),
        "model_type": "gpt2",
        "n_embd": \(width),
        "n_head": \(heads),
        "n_inner": \(inner),
        "n_layer": \(layers),
        "n_positions": \(context),
        "tie_word_embeddings": true,
        "vocab_size": \(vocabulary)
      }

      """
  }
}

/// What a JSON object says, checked before anything is built from it.
private struct SettingsReader {
  let settings: [String: Any]
  let file: String

  /// A size: a whole number from 1 on.
  func size(_ key: String, most: Int = 1_000_000_000) throws(ModelFileError) -> Int {
    guard let value = try optionalSize(key, most: most) else {
      throw .unsupported(file: file, key: key, found: "missing", expected: "a whole number")
    }
    return value
  }

  /// A size, or nil where it is `null` or missing.
  func optionalSize(_ key: String, most: Int = 1_000_000_000) throws(ModelFileError) -> Int? {
    guard let value = settings[key], !(value is NSNull) else { return nil }
    guard let number = value as? NSNumber, let size = Int(exactly: number.doubleValue),
      (1...most).contains(size)
    else {
      throw .unsupported(
        file: file, key: key, found: "\(value)", expected: "a whole number from 1 to \(most)")
    }
    return size
  }

  /// A setting that, if it is there, must have one value.
  func require(_ key: String, _ expected: Bool) throws(ModelFileError) {
    guard let value = settings[key], !(value is NSNull) else { return }
    guard (value as? NSNumber)?.boolValue == expected else {
      throw .unsupported(file: file, key: key, found: "\(value)", expected: "\(expected)")
    }
  }

  /// A text that, if it is there, must have one value.
  func require(_ key: String, _ expected: String) throws(ModelFileError) {
    guard let value = settings[key], !(value is NSNull) else { return }
    guard value as? String == expected else {
      throw .unsupported(file: file, key: key, found: "\(value)", expected: expected)
    }
  }
}
