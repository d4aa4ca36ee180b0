import CNN
import KernelSupport
import TestSupport
import Testing

@Suite struct ConvolutionTests {
  /// A kernel's results from zeros, or, where it accumulates, from ones.
  static func results(
    _ count: Int, of kernel: (inout MutableSpan<Scalar>) -> Void, from start: Scalar = 0
  ) -> [Scalar] {
    changed([Scalar](repeating: start, count: count), by: kernel)
  }

  /// Two for every tap, channel in and number out: 2 · (2 · 4 · 3 · 5) · (3 · 2 · 6).
  @Test func `a convolution counts its operations`() {
    let shape = ConvolutionShape(
      ImageShape(batch: 2, height: 6, width: 4, channels: 6), Window(Extent(height: 3, width: 2)),
      outputChannels: 5)
    #expect(shape.operations == 2 * 120 * 36)
  }

  @Test(arguments: ConvolutionCase.awkward)
  func `the fast convolution is the definition`(example: ConvolutionCase) {
    let shape = example.shape
    let input = exactNumbers(count: shape.input.count, seed: 1)
    let weight = exactNumbers(count: shape.weightCount, seed: 2)
    for bias in [[], exactNumbers(count: shape.outputChannels, seed: 3)] {
      let both = Backend.allCases.map { backend in
        Self.results(shape.output.count) {
          backend.convolution.convolution(
            input.span, weight.span, bias: bias.span, into: &$0, shape)
        }
      }
      expectClose(both[1], both[0], within: 0)
    }
  }

  @Test(arguments: ConvolutionCase.awkward, [false, true])
  func `the fast gradient by the images is the definition`(
    example: ConvolutionCase, accumulating: Bool
  ) {
    let shape = example.shape
    let upstream = exactNumbers(count: shape.output.count, seed: 1)
    let weight = exactNumbers(count: shape.weightCount, seed: 2)
    let both = Backend.allCases.map { backend in
      Self.results(
        shape.input.count,
        of: {
          backend.convolution.convolutionInputGradient(
            upstream.span, weight.span, into: &$0, shape, accumulating: accumulating)
        }, from: 1)
    }
    expectClose(both[1], both[0], within: 0)
  }

  @Test(arguments: ConvolutionCase.awkward, [false, true])
  func `the fast gradient by the weights is the definition`(
    example: ConvolutionCase, accumulating: Bool
  ) {
    let shape = example.shape
    let input = exactNumbers(count: shape.input.count, seed: 1)
    let upstream = exactNumbers(count: shape.output.count, seed: 2)
    let both = Backend.allCases.map { backend in
      Self.results(
        shape.weightCount,
        of: {
          backend.convolution.convolutionWeightGradient(
            input.span, upstream.span, into: &$0, shape, accumulating: accumulating)
        }, from: 1)
    }
    expectClose(both[1], both[0], within: 0)
  }

  /// Numbers whose sums are rounded: the result tells in which order they were added.
  @Test(arguments: ConvolutionCase.awkward)
  func `any number of threads gives the same bits`(example: ConvolutionCase) {
    let results = withThreads { example.results(.fast) }
    #expect(results[1] == results[0] && results[2] == results[0])
  }
}

@Suite struct ConvolutionLadderTests {
  @Test(arguments: ConvolutionLadder.rungs.map(\.name))
  func `a rung computes the convolution`(name: String) throws {
    let rung = try #require(ConvolutionLadder.rungs.first { $0.name == name })
    for padding in [Padding.valid, .same, .all(2)] {
      let shape = ConvolutionCase([2, 7, 6, 8], 3, 16, padding: padding).shape
      let input = exactNumbers(count: shape.input.count, seed: 1)
      let weight = exactNumbers(count: shape.weightCount, seed: 2)
      let expected = ConvolutionTests.results(shape.output.count) {
        Naive.convolution(input.span, weight.span, bias: Span(), into: &$0, shape)
      }
      let outputs = ConvolutionTests.results(shape.output.count) {
        rung.function(input.span, weight.span, &$0, shape)
      }
      expectClose(outputs, expected, within: 0)
    }
  }
}
