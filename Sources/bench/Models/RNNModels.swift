import Backprop
import KernelSupport
import Optimizers
import RNN

/// The recurrent networks of chapter 5, with the optimizer that the peers train them with.
extension TrainingModel {
  /// Embedding(10000, 64), two LSTMs of 64, dense10, over 100 steps.
  static var lstm: TrainingModel {
    reader("lstm") { [LSTM(64, 64, using: &$0), LSTM(64, 64, using: &$0)] }
  }

  /// The same over a thousand steps: ten times the memory, as the peak shows where it is the only model.
  static var lstmLong: TrainingModel {
    reader("lstm1000", time: 1000) { [LSTM(64, 64, using: &$0), LSTM(64, 64, using: &$0)] }
  }

  /// The same with gated recurrent units.
  static var gru: TrainingModel {
    reader("gru") { [GRU(64, 64, using: &$0), GRU(64, 64, using: &$0)] }
  }

  /// The same over a thousand steps.
  static var gruLong: TrainingModel {
    reader("gru1000", time: 1000) { [GRU(64, 64, using: &$0), GRU(64, 64, using: &$0)] }
  }

  /// The same with simple recurrent layers.
  static var rnn: TrainingModel {
    reader("rnn") { [SimpleRNN(64, 64, using: &$0), SimpleRNN(64, 64, using: &$0)] }
  }

  /// The same with one bidirectional LSTM.
  static var bidirectional: TrainingModel {
    reader("bilstm") {
      [Bidirectional(forward: LSTM(64, 64, using: &$0), backward: LSTM(64, 64, using: &$0))]
    }
  }

  /// A classifier of sequences of ten thousand tokens, a hundred a sequence unless told otherwise.
  private static func reader(
    _ name: String, time: Int = 100,
    _ layers: @escaping @Sendable (_ generator: inout SeededGenerator) -> [any RecurrentLayer]
  ) -> TrainingModel {
    TrainingModel(name: name, batch: 32, optimizer: "Adam") {
      var generator = SeededGenerator(seed: 1)
      let batch = 32
      let embedding = Embedding(10_000, 64, using: &generator)
      let model = SequenceModel(layers(&generator), outputs: 10, using: &generator)
      let parameters = parameters(of: embedding) + parameters(of: model)
      var optimizer = Adam()
      let tokens = (0..<batch * time).map { _ in generator.integer(below: 10_000) }
      let labels = (0..<batch).map { _ in generator.integer(below: 10) }
      func step() {
        parameters.clearGradients()
        model(embedding(tokens, shape: [batch, time])).softmaxCrossEntropy(labels).backward()
        optimizer.step(parameters)
      }
      return (step, parameters)
    }
  }
}
