import KernelSupport
import Testing
import Transformers

/// Sizes and options outside their ranges stop the program, each for itself, and the message names what was asked
/// for.
@Suite struct TransformersPreconditionTests {
  private static func configure(
    _ vocabulary: Int, _ context: Int, _ width: Int, _ layers: Int, _ heads: Int, _ inner: Int
  ) {
    _ = GPTConfiguration(
      vocabulary: vocabulary, context: context, width: width, layers: layers, heads: heads,
      inner: inner)
  }

  static let mistakes: [(message: String, make: @Sendable () -> Void)] = [
    ("GPTConfiguration: GPTConfiguration(vocabulary: 0,", { configure(0, 8, 4, 1, 2, 16) }),
    ("context: 0,", { configure(5, 0, 4, 1, 2, 16) }),
    ("width: 0,", { configure(5, 8, 0, 1, 2, 16) }),
    ("layers: -1,", { configure(5, 8, 4, -1, 2, 16) }),
    ("heads: 0,", { configure(5, 8, 4, 1, 0, 16) }),
    ("inner: 0,", { configure(5, 8, 4, 1, 2, 0) }),
    ("width: 5, layers: 1, heads: 2", { configure(5, 8, 5, 1, 2, 16) }),
    ("Sampling: a temperature of -1.0", { _ = Sampling(temperature: -1) }),
    ("top-k 0,", { _ = Sampling(topK: 0) }),
    ("top-p 0.0", { _ = Sampling(topP: 0) }),
    ("top-p 1.5", { _ = Sampling(topP: 1.5) }),
    (
      "GPT.generate: an empty prompt",
      {
        var generator = SeededGenerator(seed: 1)
        let model = GPT(
          GPTConfiguration(vocabulary: 5, context: 8, width: 4, layers: 1, heads: 2),
          using: &generator)
        model.generate(after: [], count: 1, using: &generator)
      }
    ),
  ]

  @Test(arguments: mistakes.indices)
  func `a mistake stops the program with a message`(index: Int) async throws {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) { [index] in
      TransformersPreconditionTests.mistakes[index].make()
    }
    let output = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
    #expect(output.contains(Self.mistakes[index].message), "\(output)")
  }
}
