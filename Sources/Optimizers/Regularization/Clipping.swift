import Backprop
import KernelSupport
import Perceptrons

// Between `backward()` and the optimizer's step, these keep a single steep place in the loss from throwing
// the parameters far away. Parameters without a gradient are left out.

extension Array<NamedParameter> {
  /// Moves every element of every gradient into [−limit, limit]; the direction may change.
  ///
  /// - Parameter limit: the largest magnitude allowed, at least 0.
  public func clipGradients(toValue limit: Scalar) {
    precondition(limit >= 0, "clipGradients: a limit of \(limit)")
    for parameter in self where parameter.variable.gradient != nil {
      parameter.variable.accumulateGradient { gradient, _ in
        Backend.current.regularization.clamp(&gradient, limit: limit)
      }
    }
  }

  /// Scales all gradients by one factor so that their joint length is at most a limit; the direction
  /// stays.
  ///
  ///     g ← g · min(1, limit / (‖g‖ + 10⁻⁶)),   ‖g‖² = the sum of squares over all parameters
  ///
  /// - Parameter limit: the largest length allowed, at least 0.
  /// - Returns: ‖g‖ before. Where it is no finite number, no factor would help: NaN and ∞ stay.
  ///
  /// Source: Pascanu, Mikolov and Bengio, "On the difficulty of training recurrent neural networks", ICML
  /// 2013, algorithm 1; the 10⁻⁶ is PyTorch's.
  @discardableResult
  public func clipGradients(toNorm limit: Scalar) -> Scalar {
    precondition(limit >= 0, "clipGradients: a limit of \(limit)")
    let norm = gradientNorm
    let factor = limit / (norm + 1e-6)
    guard factor < 1, norm.isFinite else { return norm }
    for parameter in self where parameter.variable.gradient != nil {
      parameter.variable.accumulateGradient { gradient, _ in
        Backend.current.arithmetic.scale(&gradient, by: factor)
      }
    }
    return norm
  }

  /// ‖g‖: the length of all gradients as one vector; 0 where there are none.
  public var gradientNorm: Scalar {
    let squares = compactMap { parameter -> Scalar? in
      guard let gradient = parameter.variable.gradient else { return nil }
      let elements = gradient.elements
      return Backend.current.vector.dot(elements.span, elements.span)
    }
    return squares.reduce(0, +).squareRoot()
  }
}
