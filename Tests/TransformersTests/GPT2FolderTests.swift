import Backprop
import Foundation
import KernelSupport
import Optimizers
import TestSupport
import Testing
import Transformers

private func folder(_ name: String) -> String {
  TokenFixture.folder.appending(path: name).path
}

@Suite struct GPT2FolderTests {
  static let models = ["gpt2-tiny", "gpt2-wide", "gpt2-bf16", "gpt2-f16"]

  @Test(arguments: models, Backend.allCases)
  func `logits, loss and gradients are those of transformers`(
    name: String, backend: Backend
  ) throws {
    let fixture = try Fixture("\(name)/expected")
    let model = try GPT2Folder(contentsOf: folder(name)).model
    let ids = fixture["forward", "ids"].map { Int($0) }
    Backend.$current.withValue(backend) {
      // Weights are exact in single precision; two blocks round a few hundred times. The issue asks for 1e-4.
      let logits = model(ids, time: ids.count / 2)
      expectClose(
        logits.value.elements, fixture["forward", "logits"], within: 2e-5.rounded32, "logits")
      let rows = ids.count / 2
      let targets = ids.indices.map { $0 % rows == rows - 1 ? -1 : ids[$0 + 1] }
      let loss = logits.softmaxCrossEntropy(targets, ignoring: -1)
      expectClose([loss.value.number], fixture["forward", "loss"], within: 2e-5.rounded32, "loss")
      loss.backward()
      expectClose(
        model.tokens.gradient!.elements, fixture["forward", "wte gradient"],
        within: 2e-5.rounded32, "wte")
      expectClose(
        model.blocks[0].attention.queryKeyValue.weight.gradient!.elements,
        fixture["forward", "c_attn gradient"], within: 2e-5.rounded32, "c_attn")
    }
  }

  @Test(arguments: models)
  func `greedy generation takes the tokens of transformers`(name: String) throws {
    let expected = try Fixture("\(name)/expected")["forward", "greedy"].map { Int($0) }
    let model = try GPT2Folder(contentsOf: folder(name)).model
    var generator = SeededGenerator(seed: 1)
    let found = model.generate(
      after: Array(expected[..<3]), count: expected.count - 3, .greedy, using: &generator)
    #expect(found == Array(expected[3...]))
  }

  @Test func `tokens are read from vocab.json and merges.txt`() throws {
    let fixture = try TokenFixture.load()
    let encoding = try #require(try GPT2Folder(contentsOf: folder("gpt2-tiny")).encoding)
    for text in fixture.texts { #expect(encoding.encode(text.text) == text.tokens) }
  }

  @Test func `what is written is read again, to the bit`() throws {
    let temporary = try TemporaryFolder()
    let original = try GPT2Folder(contentsOf: folder("gpt2-tiny"))
    try original.write(to: temporary.path("copy"))
    let copy = try GPT2Folder(contentsOf: temporary.path("copy"))
    #expect(copy.model.configuration == original.model.configuration)
    for (a, b) in zip(parameters(of: copy.model), parameters(of: original.model)) {
      #expect(a.name == b.name && a.variable.value == b.variable.value)
    }
    let text = "Alice's \"White\\Rabbit\" \u{1F600}"
    #expect(copy.encoding?.encode(text) == original.encoding?.encode(text))
    #expect(copy.encoding?.merges == original.encoding?.merges)
    let file = try SafeTensors(contentsOf: temporary.path("copy/model.safetensors"))
    #expect(file.metadata == ["format": "pt"])
    #expect(file.tensors["transformer.h.1.mlp.c_fc.weight"]?.shape == [12, 48])
    #expect(file.tensors["lm_head.weight"] == nil)
  }

  @Test func `a special token survives`() throws {
    let temporary = try TemporaryFolder()
    var encoding = BytePairEncoding(trainedOn: "to be or not to be", vocabularySize: 260)
    encoding.addSpecialToken("<|endoftext|>")
    var generator = SeededGenerator(seed: 1)
    let model = GPT(
      GPTConfiguration(vocabulary: 261, context: 4, width: 4, layers: 1, heads: 1),
      using: &generator)
    try GPT2Folder(model, encoding).write(to: temporary.path("model"))
    let copy = try GPT2Folder(contentsOf: temporary.path("model"))
    #expect(copy.encoding?.specialTokens == ["<|endoftext|>": 260])
    #expect(copy.encoding?.tokens == encoding.tokens)
  }

  /// A folder in which one thing was changed.
  private func damaged(_ change: (TemporaryFolder) throws -> Void) throws -> ModelFileError? {
    let temporary = try TemporaryFolder()
    for file in try FileManager.default.contentsOfDirectory(atPath: folder("gpt2-tiny")) {
      try FileManager.default.copyItem(
        atPath: folder("gpt2-tiny") + "/" + file, toPath: temporary.path(file))
    }
    try change(temporary)
    do {
      _ = try GPT2Folder(contentsOf: temporary.url.path)
      return nil
    } catch let error as ModelFileError {
      #expect(!error.description.contains("\n"))
      return error
    }
  }

  private func replacing(_ old: String, _ new: String, in file: String) throws -> ModelFileError? {
    try damaged { folder in
      let text = try #require(folder.text(file))
      #expect(text.contains(old))
      try folder.write(text.replacing(old, with: new), to: file)
    }
  }

  @Test(arguments: [
    ("\"n_layer\": 2", "\"n_layer\": 3"), ("\"n_layer\": 2", "\"n_layer\": 1"),
    ("\"n_layer\": 2", "\"n_layer\": 1e300"), ("\"n_layer\": 2", "\"n_layer\": -1"),
    ("\"n_embd\": 12", "\"n_embd\": 24"), ("\"n_embd\": 12", "\"n_embd\": 999999999"),
    ("\"n_embd\": 12", "\"n_embd\": \"12\""), ("\"n_head\": 3", "\"n_head\": 5"),
    ("\"n_inner\": null", "\"n_inner\": 13"), ("\"vocab_size\": 420", "\"vocab_size\": 10"),
    ("\"n_positions\": 16", "\"n_positions\": 1000000000"), ("gelu_new", "swish"),
    ("\"model_type\": \"gpt2\"", "\"model_type\": \"llama\""), ("{", "["),
    ("\"tie_word_embeddings\": true", "\"tie_word_embeddings\": false"),
    ("\"layer_norm_epsilon\": 1e-05", "\"layer_norm_epsilon\": -1"),
    ("\"n_positions\"", "\"positions\""),
  ])
  func `a wrong configuration is one clear error`(old: String, new: String) throws {
    let error = try #require(try replacing(old, new, in: "config.json"))
    #expect(error.exitStatus == .badData)
  }

  @Test func `wrong tokens are one clear error`() throws {
    for (old, new, file) in [
      ("h e\n", "h  e\n", "merges.txt"), ("h e\n", "h\n", "merges.txt"),
      ("h e\n", "q x\n", "merges.txt"), ("h e\n", "h €\n", "merges.txt"),
      ("\"!\":0", "\"!\":1", "vocab.json"), ("\"!\":0", "\"!\":-1", "vocab.json"),
      ("\"!\":0", "\"!\":0.5", "vocab.json"), ("\"!\":0", "\"!!\":0", "vocab.json"),
      ("\"!\":0,", "", "vocab.json"), ("{", "", "vocab.json"),
    ] {
      let error = try #require(try replacing(old, new, in: file), "\(old) \(new)")
      #expect(error.exitStatus == .badData)
    }
  }

  @Test func `missing files and tensors are named`() throws {
    let missing = try damaged { try FileManager.default.removeItem(atPath: $0.path("config.json")) }
    #expect(missing?.exitStatus == .missingInput)
    for (name, shape) in [("transformer.h.1.ln_2.bias", [12]), ("transformer.ln_f.weight", [12])] {
      let error = try damaged { folder in
        let file = folder.path("model.safetensors")
        var tensors = try SafeTensors(contentsOf: file)
        #expect(tensors.tensors.removeValue(forKey: name) != nil)
        try tensors.write(to: file)
      }
      guard case .missingTensor(_, let tensor, let found) = error else {
        Issue.record("\(String(describing: error))")
        continue
      }
      #expect("transformer.\(tensor)" == name && found == shape)
    }
    let strange = try damaged { folder in
      let file = folder.path("model.safetensors")
      var tensors = try SafeTensors(contentsOf: file)
      tensors.tensors["transformer.h.0.extra"] = Tensor(1)
      try tensors.write(to: file)
    }
    #expect(strange?.description.contains("h.0.extra") == true)
  }

  @Test func `a square projection that was transposed is seen`() throws {
    // `attn.c_proj` is square: a wrong transposition passes every check of shapes, not this one of logits.
    let fixture = try Fixture("gpt2-tiny/expected")
    let model = try GPT2Folder(contentsOf: folder("gpt2-tiny")).model
    let weight = model.blocks[0].attention.output.weight
    weight.setValue(weight.permuted([1, 0]).value)
    let ids = fixture["forward", "ids"].map { Int($0) }
    let logits = model(ids, time: ids.count / 2).value.elements
    #expect(firstDisagreement(logits, fixture["forward", "logits"], within: 1e-2) != nil)
  }

  @Test func `a stream gives whole characters`() {
    let encoding = BytePairEncoding()
    var stream = TextStream(encoding)
    let texts = encoding.encode("aé€😀").map { stream.text(of: $0) }
    #expect(texts == ["a", "", "é", "", "", "€", "", "", "", "😀"])
    #expect(stream.text(of: encoding.encode("€")[0]) == "" && stream.rest() == "\u{FFFD}")
    #expect(stream.text(of: ByteAlphabet.tokens[0x80]) == "\u{FFFD}")
  }
}
