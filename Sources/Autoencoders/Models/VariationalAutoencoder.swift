import Backprop
import KernelSupport

/// A model that explains data by a few latent numbers: a variational autoencoder, perhaps conditional.
///
///     z ~ N(0, 1)            the prior
///     x ~ p(x | z)           what the decoder says
///     q(z | x) = N(μ(x), s(x)²)    what the encoder guesses of the z behind an x
///
/// A conditional model gets the class as one-hot numbers behind x and behind z.
///
/// Source: Kingma and Welling, "Auto-Encoding Variational Bayes", ICLR 2014; Sohn, Lee and Yan, "Learning
/// Structured Output Representation using Deep Conditional Generative Models", NeurIPS 2015.
public struct VariationalAutoencoder {
  /// From data, and classes, to 2 · latent moments.
  public let encoder: Sequential
  /// From latent numbers, and classes, to outputs.
  public let decoder: Sequential
  /// How many latent numbers there are.
  public let latentCount: Int
  /// How many classes the model is told; 0 for none.
  public let classCount: Int
  /// What an output says about a number of the data.
  public let likelihood: Likelihood

  /// Creates a model of given networks.
  ///
  /// - Parameters:
  ///   - encoder: [batch, data + classes] → [batch, 2 · latent].
  ///   - decoder: [batch, latent + classes] → [batch, data].
  ///   - latentCount: how many latent numbers there are, at least 1.
  ///   - classCount: how many classes the model is told; 0 for none.
  ///   - likelihood: what an output says about a number of the data.
  public init(
    encoder: Sequential, decoder: Sequential, latentCount: Int, classCount: Int = 0,
    likelihood: Likelihood = .bernoulli
  ) {
    precondition(
      latentCount >= 1 && classCount >= 0,
      "VariationalAutoencoder: \(latentCount) latent numbers, \(classCount) classes")
    self.encoder = encoder
    self.decoder = decoder
    self.latentCount = latentCount
    self.classCount = classCount
    self.likelihood = likelihood
  }

  /// Creates the model of Kingma and Welling: a hidden layer on both ways.
  ///
  /// - Parameters:
  ///   - dataCount: how many numbers an example has.
  ///   - hidden: the hidden layers' widths from the data inwards; the decoder has them the other way round.
  ///   - latentCount: how many latent numbers there are, at least 1.
  ///   - classCount: how many classes the model is told; 0 for none.
  ///   - likelihood: what an output says about a number of the data.
  ///   - activation: what the hidden layers apply.
  ///   - generator: where the random numbers come from.
  public init(
    _ dataCount: Int, hidden: [Int], latent latentCount: Int, classCount: Int = 0,
    likelihood: Likelihood = .bernoulli, activation: Activation = .relu,
    using generator: inout some RandomNumberGenerator
  ) {
    self.init(
      encoder: denseLayers(
        [dataCount + classCount] + hidden + [2 * latentCount], activation, using: &generator),
      decoder: denseLayers(
        [latentCount + classCount] + hidden.reversed() + [dataCount], activation,
        using: &generator),
      latentCount: latentCount, classCount: classCount, likelihood: likelihood)
  }

  /// The moments of q(z | x).
  ///
  /// - Parameters:
  ///   - data: x, [batch, data].
  ///   - labels: the class of each example; none for a model without classes.
  /// - Returns: [batch, 2 · latent]: means, then log-variances.
  public func moments(_ data: Tensor, labels: [Int] = []) -> Variable {
    encoder(withClasses(data, labels))
  }

  /// The decoder's outputs for latent numbers.
  ///
  /// - Parameters:
  ///   - z: [batch, latent].
  ///   - labels: the class of each; none for a model without classes.
  /// - Returns: [batch, data]: logits, or means.
  public func decoded(_ z: Variable, labels: [Int] = []) -> Variable {
    guard classCount > 0 else { return decoder(z) }
    return decoder(.concatenated([z, Variable(oneHot(labels, rows: z.value.rows))], axis: -1))
  }

  /// The two terms of the evidence lower bound of every example, in nats, from one draw of z.
  ///
  ///     ln p(x) ≥ E_q[ln p(x | z)] − KL(q(z | x) ‖ p(z))
  ///
  /// - Parameters:
  ///   - data: x, [batch, data].
  ///   - labels: the class of each example; none for a model without classes.
  ///   - noise: ε, [batch, latent].
  /// - Returns: ln p(x | z), whose mean over draws is the first term, and KL: [batch] each.
  public func bound(
    _ data: Tensor, labels: [Int] = [], noise: Tensor
  ) -> (logLikelihood: Variable, divergence: Variable) {
    let moments = moments(data, labels: labels)
    let output = decoded(moments.gaussianSample(noise: noise), labels: labels)
    return (output.logLikelihood(of: data, likelihood), moments.gaussianDivergence())
  }

  /// The loss: minus the mean bound of a batch, with the divergence weighed by β.
  ///
  ///     L = 1/batch Σ_batch (β KL(q(z | x) ‖ p(z)) − ln p(x | z))
  ///
  /// A sum over pixels and latent numbers, a mean over examples only: with β = 1 it is minus a bound in nats.
  ///
  /// - Parameters:
  ///   - data: x, [batch, data].
  ///   - labels: the class of each example; none for a model without classes.
  ///   - beta: β, at least 0.
  ///   - seed: decides the noise.
  ///
  /// Source: for β Higgins et al., "β-VAE: Learning Basic Visual Concepts with a Constrained Variational
  /// Framework", ICLR 2017.
  public func loss(
    _ data: Tensor, labels: [Int] = [], beta: Scalar = 1, seed: UInt64
  ) -> Variable {
    let noise = Tensor.standardNormal(shape: [data.rows, latentCount], seed: seed)
    let (logLikelihood, divergence) = bound(data, labels: labels, noise: noise)
    let share = 1 / Scalar(data.rows)
    return (share * beta) * divergence.sum() - share * logLikelihood.sum()
  }

  /// The data with the classes as one-hot numbers behind each row.
  private func withClasses(_ data: Tensor, _ labels: [Int]) -> Variable {
    let classes = oneHot(labels, rows: data.rows)
    guard classCount > 0 else { return Variable(data) }
    return .concatenated([Variable(data), Variable(classes)], axis: -1)
  }

  /// A row of zeros with a single 1 for each label.
  private func oneHot(_ labels: [Int], rows: Int) -> Tensor {
    precondition(
      labels.count == (classCount > 0 ? rows : 0)
        && labels.allSatisfy { (0..<classCount).contains($0) },
      "VariationalAutoencoder: \(labels.count) labels of \(classCount) classes for \(rows) examples"
    )
    var elements = [Scalar](repeating: 0, count: labels.count * classCount)
    for (row, label) in labels.enumerated() { elements[row * classCount + label] = 1 }
    return Tensor(elements, shape: [labels.count, classCount])
  }
}

/// Dense layers from width to width, each but the last with an activation.
func denseLayers(
  _ widths: [Int], _ activation: Activation, last: Activation = .linear,
  using generator: inout some RandomNumberGenerator
) -> Sequential {
  Sequential(
    widths.indices.dropLast().map { index in
      Dense(
        widths[index], widths[index + 1],
        activation: index + 2 < widths.count ? activation : last, using: &generator)
    })
}
