import Backprop
import KernelSupport
import Optimizers
import Transformers

/// The models of chapter 7, with the optimizers that the peers train them with.
extension TrainingModel {
  /// nanoGPT's setting for a processor: 4 layers, 4 heads, 128 wide, context 64, vocabulary 65.
  static var gpt: TrainingModel {
    TrainingModel(name: "gpt", batch: 12, optimizer: "AdamW") {
      var optimizer = AdamW(learningRate: 1e-3)
      var generator = SeededGenerator(seed: 1)
      let model = GPT(.characters, using: &generator)
      let parameters = parameters(of: model)
      let ids = (0..<12 * 64).map { _ in generator.integer(below: 65) }
      let targets = (0..<12 * 64).map { _ in generator.integer(below: 65) }
      func step() {
        parameters.clearGradients()
        model.loss(ids, targets: targets, time: 64, .training(seed: 1)).backward()
        optimizer.step(parameters)
      }
      return (step, parameters)
    }
  }

  /// An encoder–decoder of 2 + 2 layers, 128 wide, 4 heads, feed-forward 512, 20 tokens on either side.
  static var encdec: TrainingModel {
    TrainingModel(name: "encdec", batch: 64, optimizer: "Adam") {
      var optimizer = Adam()
      var generator = SeededGenerator(seed: 1)
      let model = Transformer(
        vocabulary: 64, width: 128, layers: 2, heads: 4, inner: 512, using: &generator)
      let parameters = parameters(of: model)
      func tokens() -> [Int] { (0..<64 * 20).map { _ in generator.integer(below: 64) } }
      let (source, target, labels) = (tokens(), tokens(), tokens())
      func step() {
        parameters.clearGradients()
        let memory = model.memory(source, time: 20, .training(seed: 1))
        model.logits(target, time: 20, memory: memory, .training(seed: 1))
          .softmaxCrossEntropy(labels).backward()
        optimizer.step(parameters)
      }
      return (step, parameters)
    }
  }

  /// Sixty characters, all that the context has room for after four, by the same GPT with its cache.
  static var gptText: TrainingModel { writing("gpt_text", .characters, prompt: 4, tokens: 60) }

  /// Thirty-two tokens by a GPT-2 small with its cache.
  static var gpt2Text: TrainingModel { writing("gpt2_text", .gpt2Small, prompt: 4, tokens: 32) }

  /// A model that writes, a token at a time; the examples of such a step are tokens.
  private static func writing(
    _ name: String, _ configuration: GPTConfiguration, prompt: Int, tokens: Int
  ) -> TrainingModel {
    TrainingModel(name: name, batch: tokens, optimizer: "–") {
      var generator = SeededGenerator(seed: 1)
      let model = GPT(configuration, using: &generator)
      let start = (0..<prompt).map { _ in generator.integer(below: configuration.vocabulary) }
      func step() {
        model.generate(after: start, count: tokens, Sampling(temperature: 0), using: &generator)
      }
      return (step, parameters(of: model))
    }
  }
}
