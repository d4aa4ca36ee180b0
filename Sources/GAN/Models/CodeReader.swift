import Backprop
import CNN
import KernelSupport

/// InfoGAN's Q: reads from an image the code that it was drawn from.
///
/// A code is a category and a few numbers in [−1, 1]. Q has a body and an optimizer of its own, as in the paper's
/// equation 6; where it shares the discriminator's body, one network learns for two masters.
///
/// Source: Chen et al., "InfoGAN", NIPS 2016.
public struct CodeReader {
  /// From images to features.
  public let body: Sequential
  /// From features to the logits of the category.
  public let categories: Dense
  /// From features to the expected numbers.
  public let numbers: Dense

  /// Creates a reader of 28×28 images.
  ///
  /// - Parameters:
  ///   - categories: how many categories there are.
  ///   - numbers: how many numbers a code has.
  ///   - channels: those of the body's last convolution.
  ///   - generator: draws the weights.
  public init(
    categories: Int, numbers: Int, channels: Int, using generator: inout some RandomNumberGenerator
  ) {
    let features = Dense(
      49 * channels, 128, activation: .leakyReLU(slope: 0.2), initializer: .he, using: &generator)
    body = Sequential(
      GameNetworks.convolutionalBody(channels: channels, using: &generator).layers + [features])
    self.categories = Dense(128, categories, using: &generator)
    self.numbers = Dense(128, numbers, using: &generator)
  }

  private init(body: Sequential, categories: Dense, numbers: Dense) {
    (self.body, self.categories, self.numbers) = (body, categories, numbers)
  }

  /// What is read.
  ///
  /// - Parameter images: [batch, 28, 28, 1].
  /// - Returns: the logits of the category, and the expected numbers.
  public func callAsFunction(_ images: Variable) -> (category: Variable, numbers: Variable) {
    let features = body(images)
    return (categories(features), numbers(features))
  }

  /// What the bound of the mutual information lacks: −ln Q of the true code, up to a constant.
  ///
  ///     cross-entropy of the category + mean squared error of the numbers
  ///
  /// The error is −ln of a normal density with variance ½ for each number.
  ///
  /// - Parameters:
  ///   - images: where the numbers are read.
  ///   - distorted: where the category is read: the same images, or what a distortion made of them.
  ///   - code: what they were drawn from.
  public func loss(
    _ images: Variable, distorted: Variable? = nil, _ code: ImageCode
  ) -> Variable {
    let read = self(images)
    let category = distorted.map { self($0).category } ?? read.category
    return category.softmaxCrossEntropy(code.categories)
      + read.numbers.meanSquaredError(code.numbers)
  }

  /// The reader with parameters that need no gradient.
  public var frozen: CodeReader {
    CodeReader(body: body.frozen, categories: categories.frozen, numbers: numbers.frozen)
  }
}

/// What a batch of images is drawn from besides noise.
public struct ImageCode {
  /// A category for each image.
  public let categories: [Int]
  /// [batch, numbers], each in [−1, 1].
  public let numbers: Tensor

  /// Creates a code.
  ///
  /// - Parameters:
  ///   - categories: one for each image.
  ///   - numbers: [batch, numbers].
  public init(categories: [Int], numbers: Tensor) {
    precondition(
      numbers.shape.count == 2 && numbers.rows == categories.count,
      "ImageCode: \(categories.count) categories, numbers \(numbers.shape)")
    self.categories = categories
    self.numbers = numbers
  }
}
