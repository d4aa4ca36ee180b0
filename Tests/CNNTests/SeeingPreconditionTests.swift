import Backprop
import CNN
import KernelSupport
import Testing

/// A programmer's mistake in augmentation or interpretation, and what the program must say before it stops.
private struct SeeingMistake: Sendable {
  let message: String
  let make: @Sendable () -> Void

  init(_ message: String, make: @escaping @Sendable () -> Void) {
    self.message = message
    self.make = make
  }

  static let all =
    [
      SeeingMistake("RandomShift: -1.0 pixels, expected at least 0") {
        _ = RandomShift(pixels: -1)
      },
      SeeingMistake("RandomRotation: -2.0 degrees, expected at least 0") {
        _ = RandomRotation(degrees: -2)
      },
      SeeingMistake("RandomZoom: a share of 1.0, expected one in [0, 1)") {
        _ = RandomZoom(share: 1)
      },
      SeeingMistake("RandomShear: 90.0 degrees, expected [0, 90)") {
        _ = RandomShear(degrees: 90)
      },
      SeeingMistake("RandomFlip: a probability of 2.0, expected one in 0...1") {
        _ = RandomFlip(probability: 2)
      },
      SeeingMistake(
        "ElasticDistortion: a strength of 34.0 and a smoothness of 0.0, expected at least 0 and above 0"
      ) { _ = ElasticDistortion(smoothness: 0) },
      SeeingMistake(
        "Augmentation: a tensor of shape [28, 28], expected [batch, height, width, channel]"
      ) {
        var generator = SeededGenerator(seed: 1)
        _ = Augmentation.digits(Tensor(shape: [28, 28]), using: &generator)
      },
      SeeingMistake(
        "saliency: images of shape [1, 2, 2, 0] have no channels"
      ) { _ = saliency(of: Sequential(), Tensor(shape: [1, 2, 2, 0]), classes: [0]) },
      SeeingMistake("scoreGradient: classes [3] for scores of shape [1, 3]") {
        _ = scoreGradient(of: Sequential(), Tensor(shape: [1, 3]), classes: [3])
      },
      SeeingMistake("gradCAM: no layer 0 in a network of 0") {
        _ = Sequential().gradCAM(Tensor(shape: [1, 2, 2, 1]), classes: [0], layer: 0)
      },
      SeeingMistake("gradCAM: a tensor of shape [1, 4], expected [batch, height, width, channel]") {
        _ = gradCAM(Tensor(shape: [1, 4]), classes: [0]) {
          $0
        } head: {
          $0
        }
      },
      SeeingMistake("ConfusionMatrix: 1 predictions for 2 labels") {
        _ = ConfusionMatrix(labels: [0, 1], predictions: [0], classCount: 2)
      },
      SeeingMistake("ConfusionMatrix: label 1, prediction 2 of 2 classes") {
        _ = ConfusionMatrix(labels: [1], predictions: [2], classCount: 2)
      },
      SeeingMistake("Misjudgement.worst: logits of shape [2, 3] for 1 labels") {
        _ = Misjudgement.worst(1, logits: Tensor(shape: [2, 3]), labels: [0])
      },
      SeeingMistake("planes: a tensor of shape [4], expected [height, width, …]") {
        _ = Tensor(shape: [4]).planes
      },
      SeeingMistake("example: no example 2 in a tensor of shape [2, 3]") {
        _ = Tensor(shape: [2, 3]).example(2)
      },
    ] + Backend.allCases.flatMap(kernelMistakes)

  /// Operands that do not fit, in either implementation.
  private static func kernelMistakes(_ backend: Backend) -> [SeeingMistake] {
    let name = backend == .naive ? "Naive" : "Fast"
    let shape = ResamplingShape(
      ImageShape(batch: 1, height: 2, width: 3, channels: 1), to: Extent(height: 1, width: 2))
    return [
      SeeingMistake(
        "\(name).resample: 6 elements at 2 rows and 3 columns into 2 elements, for images of shape "
          + "[1, 2, 3, 1] and results of shape [1, 1, 2, 1]"
      ) {
        let numbers = [Scalar](repeating: 0, count: 6)
        var output = [Scalar](repeating: 0, count: 2)
        var span = output.mutableSpan
        backend.resampling.resample(
          numbers.span, rows: numbers.span.extracting(first: 2),
          columns: numbers.span.extracting(first: 3), into: &span, shape)
      },
      SeeingMistake(
        "\(name).affineCoordinates: 6 numbers of maps and 3 of displacements into 2 rows and 2 columns, "
          + "for results of shape [1, 1, 2, 1]"
      ) {
        let numbers = [Scalar](repeating: 0, count: 6)
        var rows = [Scalar](repeating: 0, count: 2)
        var columns = rows
        var rowSpan = rows.mutableSpan
        var columnSpan = columns.mutableSpan
        backend.resampling.affineCoordinates(
          numbers.span, displacement: numbers.span.extracting(first: 3), rows: &rowSpan,
          columns: &columnSpan, shape)
      },
    ]
  }
}

@Suite struct SeeingPreconditionTests {
  @Test(arguments: SeeingMistake.all.indices)
  func `a mistake stops the program with a message`(index: Int) async throws {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) { [index] in
      SeeingMistake.all[index].make()
    }
    let output = try #require(result).standardErrorContent
    #expect(
      String(decoding: output, as: UTF8.self).contains(
        "error: \(SeeingMistake.all[index].message)\n"))
  }
}
