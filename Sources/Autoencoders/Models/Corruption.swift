import Backprop
import KernelSupport

/// A way to spoil images, for an autoencoder to repair.
public enum Corruption: Hashable, Sendable {
  /// Each pixel becomes 0 with this probability.
  case masking(Scalar)
  /// Noise from a normal distribution with this standard deviation is added.
  case gaussian(standardDeviation: Scalar)
  /// Each pixel becomes 0 or 1, one as likely as the other, with this probability.
  case saltAndPepper(Scalar)

  /// Spoiled data.
  ///
  /// - Parameters:
  ///   - data: any shape.
  ///   - seed: decides what is spoiled, and how.
  ///
  /// Source: Vincent, Larochelle, Lajoie, Bengio and Manzagol, "Stacked Denoising Autoencoders", JMLR 11, 2010.
  public func callAsFunction(_ data: Tensor, seed: UInt64) -> Tensor {
    switch self {
    case .masking(let rate):
      let kept = chosen(rate, data, seed)
      return combined(data, kept) { $1 == 1 ? 0 : $0 }
    case .gaussian(let standardDeviation):
      let noise = Tensor.standardNormal(shape: data.shape, seed: seed)
      return combined(data, noise) { $0 + standardDeviation * $1 }
    case .saltAndPepper(let rate):
      // Half as often salt and half as often pepper: a number of its own decides which.
      var generator = SeededGenerator(seed: seed)
      let spoiled = chosen(rate, data, generator.next())
      let salt = chosen(0.5, data, generator.next())
      let grains = combined(spoiled, salt) { $0 == 1 ? $1 : -1 }
      return combined(data, grains) { $1 < 0 ? $0 : $1 }
    }
  }
}

/// 1 with the given probability, otherwise 0, in the shape of the data.
private func chosen(_ rate: Scalar, _ data: Tensor, _ seed: UInt64) -> Tensor {
  precondition((0...1).contains(rate), "Corruption: a rate of \(rate)")
  return Tensor(repeating: rate, shape: data.shape).sampledBernoulli(seed: seed)
}

private func combined(
  _ x: Tensor, _ y: Tensor, _ function: (_ x: Scalar, _ y: Scalar) -> Scalar
) -> Tensor {
  Tensor(zip(x.elements, y.elements).map(function), shape: x.shape)
}
