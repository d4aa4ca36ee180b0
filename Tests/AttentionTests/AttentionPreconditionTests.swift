import Attention
import Backprop
import KernelSupport
import Testing

/// Operands that fit neither each other nor the mask stop the program, and the message names the operation and the
/// shapes.
@Suite struct AttentionPreconditionTests {
  struct Mistake: Sendable {
    let message: String
    let make: @Sendable (_ generator: inout SeededGenerator) -> Void

    init(_ message: String, make: @escaping @Sendable (_ generator: inout SeededGenerator) -> Void)
    {
      self.message = message
      self.make = make
    }
  }

  private static func zeros(_ shape: Int...) -> Variable { Variable(Tensor(shape: shape)) }

  static let mistakes = [
    Mistake("attention: 4 heads do not divide rows of 6 elements of shape [1, 2, 6]") { _ in
      _ = zeros(1, 2, 6).attention(key: zeros(1, 3, 6), value: zeros(1, 3, 6), heads: 4)
    },
    Mistake(
      "attention: queries of shape [1, 2, 6], keys of [1, 3, 6] and values of [1, 4, 6]"
    ) { _ in _ = zeros(1, 2, 6).attention(key: zeros(1, 3, 6), value: zeros(1, 4, 6)) },
    Mistake("attention: queries of shape [1, 2, 6], keys and values of [2, 3, 12]") { _ in
      _ = zeros(1, 2, 6).attention(keysAndValues: zeros(2, 3, 12), heads: 1)
    },
    Mistake("attention: queries of shape [1, 2, 6], keys and values of [1, 3, 11]") { _ in
      _ = zeros(1, 2, 6).attention(keysAndValues: zeros(1, 3, 11), heads: 1)
    },
    Mistake("attention: a mask of lengths [3] for 2 sequences of 3 keys") { _ in
      _ = zeros(2, 2, 6).attention(
        key: zeros(2, 3, 6), value: zeros(2, 3, 6), mask: .lengths([3]))
    },
    Mistake("attention: a mask of shape [1, 2, 2] for [1, 2, 3], batch, queries and keys") { _ in
      let pattern = AttentionPattern(queries: 2, keys: 2) { _, _ in true }
      _ = zeros(1, 2, 6).attention(
        key: zeros(1, 3, 6), value: zeros(1, 3, 6), mask: .allowing(pattern))
    },
    Mistake("selfAttention: a tensor of shape [1, 2, 7], expected [batch, time, 3 · heads · width]")
    { _ in _ = zeros(1, 2, 7).selfAttention(heads: 1) },
    Mistake("MultiHeadAttention: 5 heads do not divide a width of 12") {
      _ = MultiHeadAttention(12, heads: 5, using: &$0)
    },
    Mistake("AttentionMask.and: both masks have lengths, or both have a pattern") { _ in
      _ = AttentionMask.lengths([1]).and(.lengths([1]))
    },
    Mistake("AttentionDropout: a rate of 1.0, expected one in [0, 1)") { _ in
      _ = AttentionDropout(rate: 1, seed: 1)
    },
    Mistake(
      "AdditiveAttention: queries of shape [2, 3, 4] for a memory of [1, 5, 6], expected "
        + "[batch, time, width] twice"
    ) {
      _ = AdditiveAttention(4, 6, units: 2, using: &$0)(zeros(2, 3, 4), zeros(1, 5, 6))
    },
    Mistake(
      "LearnedPositions: an input of shape [1, 6, 4] from position 0 on, expected at most 5 positions"
    ) { _ = LearnedPositions(longest: 5, width: 4, using: &$0)(zeros(1, 6, 4)) },
    Mistake("RotaryShape: 9 of 9 columns in heads of 3, expected whole heads of an even width") {
      _ in _ = zeros(1, 2, 9).rotated(RotaryPositions(), width: 3)
    },
  ]

  @Test(arguments: mistakes.indices)
  func `a mistake stops the program with a message`(index: Int) async throws {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) { [index] in
      var generator = SeededGenerator(seed: 1)
      AttentionPreconditionTests.mistakes[index].make(&generator)
    }
    let output = try #require(result).standardErrorContent
    #expect(String(decoding: output, as: UTF8.self).contains(Self.mistakes[index].message))
  }
}
