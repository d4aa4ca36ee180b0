import Backprop
import KernelSupport

/// A table of vectors, one for every token: what a network knows of a symbol before it has seen any context.
///
///     y[i] = weight[tokenᵢ]
///
/// It is a dense layer without a bias for inputs that are 1 in one place and 0 elsewhere, without the zeros.
///
/// Source: Bengio, Ducharme, Vincent and Jauvin, "A Neural Probabilistic Language Model", JMLR 3, 2003.
public struct Embedding {
  /// The vectors, [tokens, width].
  public let weight: Variable

  /// Creates a table of random vectors.
  ///
  /// - Parameters:
  ///   - tokenCount: how many tokens there are, at least 1.
  ///   - width: the length of a vector, at least 1.
  ///   - initializer: how the vectors are drawn; normal numbers, as PyTorch draws them, unless told otherwise.
  ///   - generator: where the random numbers come from.
  public init(
    _ tokenCount: Int, _ width: Int, initializer: Initializer = .gaussian(standardDeviation: 1),
    using generator: inout some RandomNumberGenerator
  ) {
    precondition(
      tokenCount >= 1 && width >= 1, "Embedding: \(tokenCount) vectors of \(width) numbers")
    weight = Variable(
      initializer.tensor(shape: [tokenCount, width], using: &generator), needsGradient: true)
  }

  /// The vectors of tokens.
  ///
  /// - Parameters:
  ///   - tokens: numbers below the count of vectors, in row-major order.
  ///   - shape: the shape of the tokens, such as [batch, time]; nil for a list.
  /// - Returns: their vectors, of that shape with `width` as another, last dimension.
  public func callAsFunction(_ tokens: [Int], shape: [Int]? = nil) -> Variable {
    weight.rows(at: tokens).reshaped((shape ?? [tokens.count]) + [weight.value.columns])
  }
}
