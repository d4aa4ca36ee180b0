import Backprop
import CNN
import KernelSupport
import Optimizers
import TestSupport
import Testing

/// A network of every kind of layer of the chapter, trained for ten steps.
private func trainedNetwork() -> [Scalar] {
  var generator = SeededGenerator(seed: 7)
  let network = Sequential(
    Conv2D(1, 32, kernel: 5, stride: 2, activation: .relu, using: &generator),
    NormalizedConv2D(32, 32, kernel: 3, using: &generator),
    ResidualBlock(32, 40, using: &generator),
    MaxPooling2D(),
    InceptionBlock(40, .init(3, (4, 5), (2, 3), 5), using: &generator),
    AveragePooling2D(2, stride: 1),
    Dropout(0.25),
    GlobalAveragePooling2D(),
    Dense(16, 10, using: &generator))
  let images = Tensor((0..<17 * 729).map { _ in generator.uniform() }, shape: [17, 27, 27, 1])
  let labels = (0..<17).map { _ in generator.integer(below: 10) }
  let parameters = parameters(of: network)
  for step in 0..<10 {
    parameters.clearGradients()
    network(Variable(images), .training(seed: UInt64(step))).softmaxCrossEntropy(labels)
      .backward()
    parameters.descend(learningRate: 0.1)
  }
  return (parameters + buffers(of: network)).flatMap { $0.variable.value.elements }
}

/// The same seed gives the same bits: for every number of threads, and, since the checksums were
/// recorded once, for every machine and every vector width that the tests are built for.
@Suite struct CNNRepeatabilityTests {
  /// A convolution of several blocks, and the checksum that its output and gradients had.
  struct Recorded: Sendable, CustomTestStringConvertible {
    let convolution: ConvolutionCase
    /// In single precision.
    let checksum: UInt64
    var testDescription: String { convolution.testDescription }

    init(_ convolution: ConvolutionCase, _ checksum: UInt64) {
      self.convolution = convolution
      self.checksum = checksum
    }

    func computed(threads: Int) -> UInt64 {
      let results = Threads.$count.withValue(threads) { convolution.results(.fast) }
      return TestSupport.checksum(results.flatMap { $0 })
    }
  }

  static let recorded = [
    Recorded(
      ConvolutionCase([9, 27, 29, 5], 3, 21, stride: 2, padding: .same), 8_587_872_231_490_058_458),
    Recorded(ConvolutionCase([2, 9, 7, 60], 3, 500, padding: .same), 9_453_212_305_198_268_032),
    Recorded(ConvolutionCase([3, 29, 31, 32], 3, 40, padding: .same), 5_317_978_230_181_060_154),
    Recorded(ConvolutionCase([3, 29, 31, 16], 3, 16, padding: .same), 14_926_921_654_075_904_115),
    Recorded(ConvolutionCase([3, 29, 31, 8], 3, 8, padding: .same), 1_509_770_798_482_284_977),
    Recorded(
      ConvolutionCase([2, 13, 11, 264], 3, 128, padding: .all(1)), 14_934_423_261_534_113_717),
  ]

  @Test(arguments: recorded, [1, 2, 3])
  func `a convolution and its gradients give the same bits`(recorded: Recorded, threads: Int) {
    let computed = recorded.computed(threads: threads)
    #if Float64
      #expect(computed == recorded.computed(threads: 1))
    #else
      #expect(computed == recorded.checksum)
    #endif
  }

  @Test(arguments: [1, 2, 3])
  func `training gives the same bits`(threads: Int) {
    let weights = Threads.$count.withValue(threads) { trainedNetwork() }
    #expect(checksum(weights) == Self.trained)
  }

  #if Float64
    static let trained = checksum(Threads.$count.withValue(1) { trainedNetwork() })
  #else
    static let trained: UInt64 = 5_793_623_291_579_495_365
  #endif
}
