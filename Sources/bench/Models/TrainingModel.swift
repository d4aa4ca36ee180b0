import Backprop
import KernelSupport

/// A model whose step of training, or of writing, is timed, with random data already in memory.
package struct TrainingModel {
  /// A step, which clears the gradients, and goes forward, backward and down, or writes; and the parameters.
  package typealias Training = (step: () -> Void, parameters: [NamedParameter])

  /// The name, as the peers print it.
  package let name: String

  /// The examples of a step.
  package let batch: Int

  /// How parameters are updated; a dash where they are not.
  package let optimizer: String

  /// Builds the network and draws its data.
  package let prepare: () -> Training

  /// All models, in the order of the chapters.
  package static var all: [TrainingModel] {
    [
      mlp, mlpWide, cnn, resnet, rnn, lstm, lstmLong, gru, gruLong, bidirectional, gpt, encdec,
      gptText, gpt2Text, dcgan, vae,
    ]
  }

  /// The median time of a step.
  ///
  /// - Parameters:
  ///   - step: runs one.
  ///   - budget: how long to measure, in seconds; more where a few steps take longer.
  /// - Returns: seconds.
  package static func seconds(_ step: () -> Void, budget: Double = 1.5) -> Double {
    let repeats = 5
    step()
    step()
    let once = elapsedSeconds(step)
    let count = max(1, Int(budget / Double(repeats) / once))
    return median(
      (0..<repeats).map { _ in
        elapsedSeconds { for _ in 0..<count { step() } } / Double(count)
      })
  }
}
