import Backprop
import KernelSupport

/// A layer that drops a random share of its inputs while a network learns, so that no unit can rely on
/// another one.
///
///     let dropout = Dropout(0.5)
///     let hidden = dropout(dense(images), .training(seed: generator.next()))
///
/// What survives is scaled by 1 / (1 − rate), which keeps its mean; so nothing is left to do when the
/// network is used.
///
/// Source: Srivastava, Hinton, Krizhevsky, Sutskever and Salakhutdinov, "Dropout: A Simple Way to Prevent
/// Neural Networks from Overfitting", JMLR 15, 2014.
public struct Dropout: Layer, Sendable {
  /// The share that is dropped.
  public let rate: Scalar

  /// Creates a layer.
  ///
  /// - Parameter rate: the share of inputs that is dropped, in [0, 1).
  public init(_ rate: Scalar) {
    precondition((0..<1).contains(rate), "Dropout: a rate of \(rate), expected one in [0, 1)")
    self.rate = rate
  }

  /// The input with a random share set to 0 while the network learns, or as it is.
  ///
  /// - Parameters:
  ///   - input: any shape.
  ///   - phase: whether to drop anything, and the seed that decides what.
  public func callAsFunction(_ input: Variable, _ phase: Phase) -> Variable {
    guard case .training(let seed) = phase else { return input }
    return input.dropout(rate: rate, seed: seed)
  }
}

extension Variable {
  /// A random share of the elements set to 0, and the others scaled by 1 / (1 − rate).
  ///
  /// - Parameters:
  ///   - rate: the share, in [0, 1).
  ///   - seed: decides which ones: equal seeds drop the same elements of equal shapes.
  public func dropout(rate: Scalar, seed: UInt64) -> Variable {
    let kernels = Backend.current.regularization
    return mapped {
      kernels.dropout(&$0, rate: rate, seed: seed)
    } pullback: {
      kernels.dropout(&$1, rate: rate, seed: seed)
    }
  }
}
