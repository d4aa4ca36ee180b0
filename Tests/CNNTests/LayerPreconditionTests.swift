import Backprop
import CNN
import KernelSupport
import Testing

/// Layers that fit neither each other nor the images stop the program, and the message names the layer, both
/// shapes and the rule.
@Suite struct LayerPreconditionTests {
  struct Mistake: Sendable {
    let message: String
    let make: @Sendable (_ generator: inout SeededGenerator) -> Void

    init(_ message: String, make: @escaping @Sendable (_ generator: inout SeededGenerator) -> Void)
    {
      self.message = message
      self.make = make
    }
  }

  private static func images(_ shape: Int...) -> Variable { Variable(Tensor(shape: shape)) }

  static let mistakes = [
    Mistake("Window: a stride of 0×0, expected at least 1×1") {
      _ = Conv2D(1, 1, kernel: 3, stride: 0, using: &$0)
    },
    Mistake("Window: a window of 0×3, expected at least 1×1") {
      _ = Conv2D(1, 1, kernel: Extent(height: 0, width: 3), using: &$0)
    },
    Mistake("Window: a dilation of 0×0, expected at least 1×1") {
      _ = Conv2D(1, 1, kernel: 3, dilation: 0, using: &$0)
    },
    Mistake("Conv2D: a layer of 3 input and 0 output channels, expected at least 1") {
      _ = Conv2D(3, 0, kernel: 3, using: &$0)
    },
    Mistake(
      "Window: a window that reaches over 5×5 pixels does not fit into images of shape "
        + "[2, 2, 8, 3], padded to 4×10"
    ) {
      _ = Conv2D(3, 4, kernel: 5, padding: .all(1), using: &$0)(images(2, 2, 8, 3))
    },
    Mistake(
      "convolution: weights of shape [3, 3, 3, 4] for images of shape [2, 8, 8, 1]; the third size of the "
        + "weights is the number of channels"
    ) {
      _ = Conv2D(3, 4, kernel: 3, using: &$0)(images(2, 8, 8, 1))
    },
    Mistake("convolution: a tensor of shape [2, 64], expected [batch, height, width, channel]") {
      _ = Conv2D(1, 4, kernel: 3, using: &$0)(images(2, 64))
    },
    Mistake(
      "batchNormalization: a residual of shape [1, 4, 4, 2] for an input of shape [1, 8, 8, 2]"
    ) {
      _ = NormalizedConv2D(2, 2, kernel: 3, using: &$0)(
        images(1, 8, 8, 2), adding: images(1, 4, 4, 2), .evaluation)
    },
    Mistake(
      "concatenated: shapes [[2, 3, 3, 1], [2, 3, 2, 1]], which may differ in dimension 3 only"
    ) { _ in
      _ = Variable.concatenated([images(2, 3, 3, 1), images(2, 3, 2, 1)], axis: -1)
    },
    Mistake("concatenated: nothing to concatenate") { _ in
      _ = Variable.concatenated([], axis: -1)
    },
    Mistake(
      "Fast.putColumns: 4 elements in 2 columns, the first of them number 2, of a matrix of 6 "
        + "elements in 3 columns"
    ) { _ in put(Fast.self) },
    Mistake(
      "Naive.putColumns: 4 elements in 2 columns, the first of them number 2, of a matrix of 6 "
        + "elements in 3 columns"
    ) { _ in put(Naive.self) },
  ]

  private static func put(_ kernels: any ColumnKernels.Type) {
    let columns = [Scalar](repeating: 0, count: 4)
    var matrix = [Scalar](repeating: 0, count: 6)
    var span = matrix.mutableSpan
    kernels.putColumns(columns.span, count: 2, into: &span, width: 3, at: 2)
  }

  @Test(arguments: mistakes.indices)
  func `a mistake stops the program with a message`(index: Int) async throws {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) { [index] in
      var generator = SeededGenerator(seed: 1)
      LayerPreconditionTests.mistakes[index].make(&generator)
    }
    let output = try #require(result).standardErrorContent
    #expect(String(decoding: output, as: UTF8.self).contains(Self.mistakes[index].message))
  }
}
