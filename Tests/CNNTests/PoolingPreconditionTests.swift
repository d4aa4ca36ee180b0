import Backprop
import CNN
import KernelSupport
import Testing

/// What layers of pooling and normalisation say before a programmer's mistake stops the program.
@Suite struct PoolingPreconditionTests {
  struct Mistake: Sendable {
    let message: String
    let make: @Sendable () -> Void

    init(_ message: String, make: @escaping @Sendable () -> Void) {
      self.message = message
      self.make = make
    }
  }

  private static func images(_ shape: Int...) -> Variable { Variable(Tensor(shape: shape)) }

  static let mistakes = [
    Mistake(
      "Window: a window that reaches over 3×3 pixels does not fit into images of shape "
        + "[1, 2, 5, 4], padded to 2×5"
    ) { _ = MaxPooling2D(3)(images(1, 2, 5, 4)) },
    Mistake(
      "PoolingShape: a window of 2×2 would lie wholly in the padding of images of shape "
        + "[1, 4, 4, 1]; padding is smaller than what the window reaches over"
    ) { _ = MaxPooling2D(2, padding: .all(2))(images(1, 4, 4, 1)) },
    Mistake("PoolingShape: a window of 2×2 would lie wholly in the padding") {
      let padding = Padding.explicit(top: 0, bottom: 0, left: 0, right: 3)
      _ = AveragePooling2D(2, padding: padding)(images(1, 4, 4, 1))
    },
    // Dilated taps step over the only row there is.
    Mistake("PoolingShape: a window of 2×1 would lie wholly in the padding") {
      let padding = Padding.explicit(top: 1, bottom: 1, left: 0, right: 0)
      _ = images(1, 1, 1, 1).maxPooling(
        Window(Extent(height: 2, width: 1), dilation: 2, padding: padding))
    },
    Mistake("Window: a stride of 0×0, expected at least 1×1") {
      _ = MaxPooling2D(2, stride: 0)
    },
    Mistake("averagePooling: a tensor of shape [4, 4], expected [batch, height, width, channel]") {
      _ = AveragePooling2D()(images(4, 4))
    },
    Mistake("globalAveragePooling: images of shape [2, 0, 3, 4] have no pixels") {
      _ = GlobalAveragePooling2D()(images(2, 0, 3, 4))
    },
    Mistake("Fast.maxPooling: 16 and 5 elements for images of shape [1, 4, 4, 1] and outputs") {
      poolIntoFive(Fast.self)
    },
    Mistake("Naive.maxPooling: 16 and 5 elements for images of shape [1, 4, 4, 1] and outputs") {
      poolIntoFive(Naive.self)
    },
    Mistake("BatchNormalization: a layer of 0 channels") { _ = BatchNormalization(0) },
    Mistake("RunningStatistics: a momentum of 1.5, expected 0 to 1") {
      _ = BatchNormalization(2, momentum: 1.5)
    },
    Mistake(
      "batchNormalization: an input of shape [2, 3, 4] for scales of shape [3], shifts of shape [3] "
        + "and means of shape [3]; its last size is the number of channels"
    ) { _ = BatchNormalization(3)(images(2, 3, 4), .evaluation) },
    Mistake(
      "batchNormalization: a residual of shape [6, 4] for an input of shape [2, 3, 4]; they are added"
    ) { _ = BatchNormalization(4)(images(2, 3, 4), adding: images(6, 4), .evaluation) },
    Mistake(
      "batchNormalization: an input of shape [1, 4] has 1 rows of channels; a variance in training "
        + "needs at least 2"
    ) { _ = BatchNormalization(4)(images(1, 4), .training(seed: 1)) },
    Mistake("ChannelNormalization: an epsilon of 0.0 is not positive") {
      _ = BatchNormalization(4, epsilon: 0)(images(1, 4), .evaluation)
    },
  ]

  private static func poolIntoFive(_ kernels: any PoolingKernels.Type) {
    let image = [Scalar](repeating: 0, count: 16)
    var output = [Scalar](repeating: 0, count: 5)
    var span = output.mutableSpan
    let shape = PoolingShape(
      ImageShape(batch: 1, height: 4, width: 4, channels: 1), Window(2, stride: 2))
    kernels.maxPooling(image.span, into: &span, shape)
  }

  @Test(arguments: mistakes.indices)
  func `a mistake stops the program with a message`(index: Int) async throws {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) { [index] in
      PoolingPreconditionTests.mistakes[index].make()
    }
    let output = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
    #expect(output.contains("error: \(Self.mistakes[index].message)"))
  }
}
