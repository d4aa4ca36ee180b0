import Backprop
import CNN
import GAN
import KernelSupport
import Testing

/// Shapes and options outside their ranges stop the program, each condition for itself, and the message names what
/// was asked for.
@Suite struct GANPreconditionTests {
  private static func zeros(_ shape: Int...) -> Variable { Variable(Tensor(shape: shape)) }

  private static func normalized(_ shape: [Int], scales: Int, shifts: Int) {
    _ = Variable(Tensor(shape: shape)).instanceNormalization(
      scale: zeros(scales), shift: zeros(shifts))
  }

  private static func transposed(_ images: [Int], _ weight: [Int], bias: Int? = nil) {
    _ = Variable(Tensor(shape: images)).transposedConvolution(
      Variable(Tensor(shape: weight)), bias: bias.map { zeros($0) }, Window(3))
  }

  private static func shape(height: Int, width: Int, _ window: Window, extra: Extent = 0) {
    _ = TransposedConvolutionShape(
      ImageShape(batch: 1, height: height, width: width, channels: 1), window,
      outputPadding: extra, outputChannels: 1)
  }

  static let mistakes: [(message: String, make: @Sendable () -> Void)] = [
    ("bestAssignment: 0 rows", { _ = CodeScores.bestAssignment([]) }),
    (
      "bestAssignment: 17 rows",
      { _ = CodeScores.bestAssignment(Array(repeating: Array(repeating: 1, count: 17), count: 17)) }
    ),
    ("bestAssignment: 2 rows of [2, 1]", { _ = CodeScores.bestAssignment([[1, 2], [3]]) }),
    ("bestAssignment: 1 rows of [1]", { _ = CodeScores.bestAssignment([[-1]]) }),
    ("correlation: 2 and 3", { _ = CodeScores.correlation([1, 2], [1, 2, 3]) }),
    ("correlation: 1 and 1", { _ = CodeScores.correlation([1], [1]) }),
    ("wassersteinDistance: 1 and 2", { _ = SampleScores.wassersteinDistance([1], [1, 2]) }),
    ("wassersteinDistance: 0 and 0", { _ = SampleScores.wassersteinDistance([], []) }),
    ("meanPairDistance: 1 samples", { _ = SampleScores.meanPairDistance(zeros(1, 2).value) }),
    (
      "FeatureStatistics: a mean of 2 and a covariance of 1 rows",
      { _ = FeatureStatistics(mean: [0, 0], covariance: [[1, 0]]) }
    ),
    (
      "FeatureStatistics: a mean of 2 and a covariance of 2 rows",
      { _ = FeatureStatistics(mean: [0, 0], covariance: [[1, 0], [0]]) }
    ),
    ("FeatureStatistics: 2 examples of 2", { _ = FeatureStatistics(zeros(2, 2).value) }),
    ("FeatureStatistics: 8 examples of 1", { _ = FeatureStatistics(zeros(8, 1, 1).value) }),
    ("AffineIntensity: 1 and 2 pixels", { _ = AffineIntensity(from: [1], to: [1, 2]) }),
    ("AffineIntensity: 0 and 0 pixels", { _ = AffineIntensity(from: [], to: []) }),
    ("ImageCode: 2 categories", { _ = ImageCode(categories: [0, 1], numbers: zeros(3, 2).value) }),
    ("numbers [2, 1, 1]", { _ = ImageCode(categories: [0, 1], numbers: zeros(2, 1, 1).value) }),
    ("oneHot: the label 3 of 3", { _ = Tensor.oneHot([3], classes: 3) }),
    ("oneHot: the label -1 of 3", { _ = Tensor.oneHot([-1], classes: 3) }),
    ("withPlanes: 1 labels", { _ = zeros(2, 4, 4, 1).withPlanes(for: [0], of: 2) }),
    ("images of shape [1, 4]", { _ = zeros(1, 4).withPlanes(for: [0], of: 2) }),
    ("GaussianMixture: 0 modes", { _ = GaussianMixture(centers: [], deviation: 1) }),
    ("deviation of 0.0", { _ = GaussianMixture(centers: [[0, 0]], deviation: 0) }),
    ("shape [2, 3]", { _ = GaussianMixture.grid().coverage(of: zeros(2, 3).value) }),
    ("shape [0, 2]", { _ = GaussianMixture.grid().coverage(of: zeros(0, 2).value) }),
    ("shape [1, 1, 2]", { _ = GaussianMixture.grid().coverage(of: zeros(1, 1, 2).value) }),
    ("scales of shape [3]", { normalized([1, 2, 2, 2], scales: 3, shifts: 2) }),
    ("shifts of shape [3]", { normalized([1, 2, 2, 2], scales: 2, shifts: 3) }),
    ("an input of shape [4, 2]", { normalized([4, 2], scales: 2, shifts: 2) }),
    ("at least 2 pixels", { normalized([1, 1, 1, 2], scales: 2, shifts: 2) }),
    ("images of shape [1, 2, 2, 3]", { transposed([1, 2, 2, 3], [3, 3, 1, 2]) }),
    ("images of shape [2, 2]", { transposed([2, 2], [3, 3, 1, 2]) }),
    ("weights of shape [3, 3, 2]", { transposed([1, 2, 2, 2], [3, 3, 2]) }),
    ("weights of shape [4, 3, 1, 2]", { transposed([1, 2, 2, 2], [4, 3, 1, 2]) }),
    ("biases of shape [2] for 1", { transposed([1, 2, 2, 2], [3, 3, 1, 2], bias: 2) }),
    ("have no pixels", { shape(height: 0, width: 2, Window(3)) }),
    ("have no pixels", { shape(height: 2, width: 0, Window(3)) }),
    (
      "an output padding of",
      { shape(height: 2, width: 2, Window(3), extra: Extent(height: 1, width: 0)) }
    ),
    (
      "an output padding of",
      { shape(height: 2, width: 2, Window(3), extra: Extent(height: 0, width: 1)) }
    ),
    ("the padding `same`", { shape(height: 2, width: 2, Window(3, padding: .same)) }),
    (
      "nothing is left of",
      { shape(height: 1, width: 9, Window(3, padding: .all(2))) }
    ),
    (
      "nothing is left of",
      { shape(height: 9, width: 1, Window(3, padding: .all(2))) }
    ),
  ]

  @Test(arguments: mistakes.indices)
  func `a mistake stops the program with a message`(index: Int) async throws {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) { [index] in
      GANPreconditionTests.mistakes[index].make()
    }
    let output = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
    #expect(output.contains(Self.mistakes[index].message), "\(output)")
  }
}
