import Backprop
import CNN
import KernelSupport

/// A discriminator with two answers from one body: real or not, and something about the image.
///
/// What the second head is for makes the difference between two systems:
///
/// | system          | the second head says                | who is trained by it                              |
/// |-----------------|-------------------------------------|---------------------------------------------------|
/// | conditional GAN | a logit for each label; the label of the image picks the one that counts | as `judged(by:)` |
/// | AC-GAN          | the class of the image              | both, on real and generated images                |
///
/// Source: Mirza and Osindero, "Conditional Generative Adversarial Nets", 2014, with the head of Miyato and Koyama,
/// "cGANs with Projection Discriminator", ICLR 2018; Odena, Olah and Shlens, "Conditional Image Synthesis with
/// Auxiliary Classifier GANs", ICML 2017.
public struct HeadedDiscriminator {
  /// From images to features.
  public let body: Sequential
  /// From features to a logit: real or not.
  public let judge: Dense
  /// From features to as many numbers as the second head has.
  public let reader: Dense

  /// Creates a discriminator.
  ///
  /// - Parameters:
  ///   - body: from images to [batch, features].
  ///   - features: how many features there are.
  ///   - answers: how many numbers the second head has.
  ///   - generator: draws the heads' weights.
  public init(
    _ body: Sequential, features: Int, answers: Int,
    using generator: inout some RandomNumberGenerator
  ) {
    self.body = body
    judge = Dense(features, 1, using: &generator)
    reader = Dense(features, answers, using: &generator)
  }

  private init(body: Sequential, judge: Dense, reader: Dense) {
    (self.body, self.judge, self.reader) = (body, judge, reader)
  }

  /// Both answers.
  ///
  /// - Parameter images: what the body takes.
  /// - Returns: the logit, [batch, 1], and the second head's numbers, [batch, answers].
  public func callAsFunction(_ images: Variable) -> (logit: Variable, answers: Variable) {
    let features = body(images)
    return (judge(features), reader(features))
  }

  /// The logit of images that come with labels: the plain one and the label's own.
  ///
  ///     s(x, y) = judge(f) + reader(f)[y]
  ///
  /// - Parameters:
  ///   - images: what the body takes.
  ///   - labels: a number below `answers` for every image.
  /// - Returns: [batch, 1].
  public func judged(_ images: Variable, by labels: [Int]) -> Variable {
    let (logit, answers) = self(images)
    let choice = Variable(Tensor.oneHot(labels, classes: answers.value.columns))
    let ones = Variable(Tensor(repeating: 1, shape: [answers.value.columns, 1]))
    return logit + (answers * choice).matrixProduct(ones)
  }

  /// The discriminator with parameters that need no gradient.
  public var frozen: HeadedDiscriminator {
    HeadedDiscriminator(body: body.frozen, judge: judge.frozen, reader: reader.frozen)
  }
}

extension Tensor {
  /// Rows with a 1 in the place of a label and 0 elsewhere.
  ///
  /// - Parameters:
  ///   - labels: each in 0..<classes.
  ///   - classes: the length of a row.
  public static func oneHot(_ labels: [Int], classes: Int) -> Tensor {
    var elements = [Scalar](repeating: 0, count: labels.count * classes)
    for (row, label) in labels.enumerated() {
      precondition(
        (0..<classes).contains(label), "oneHot: the label \(label) of \(classes) classes")
      elements[row * classes + label] = 1
    }
    return Tensor(elements, shape: [labels.count, classes])
  }

  /// Numbers from the normal distribution: what a generator starts from.
  public static func noise(
    _ shape: [Int], using generator: inout some RandomNumberGenerator
  ) -> Tensor {
    Tensor((0..<shape.reduce(1, *)).map { _ in generator.normal() }, shape: shape)
  }
}
