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
}
