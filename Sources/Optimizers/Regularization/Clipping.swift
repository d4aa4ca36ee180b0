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
  /// Gradients whose squares are too large or too small for `Scalar` are scaled as any others.
  ///
  /// - Parameter limit: the largest length allowed, at least 0.
  /// - Returns: ‖g‖ before. Where a gradient is NaN or infinite no factor would help, and nothing changes.
  ///
  /// Source: Pascanu, Mikolov and Bengio, "On the difficulty of training recurrent neural networks", ICML
  /// 2013, algorithm 1; the 10⁻⁶ is PyTorch's.
  @discardableResult
  public func clipGradients(toNorm limit: Scalar) -> Scalar {
    precondition(limit >= 0, "clipGradients: a limit of \(limit)")
    let (largest, relativeNorm) = scaledNorm
    let norm = largest * relativeNorm
    guard largest.isFinite, norm + 1e-6 > limit else { return norm }
    // In two steps where the length itself is no number any more.
    let factors =
      norm.isFinite ? [limit / (norm + 1e-6)] : [1 / largest, limit / relativeNorm]
    for parameter in self where parameter.variable.gradient != nil {
      parameter.variable.accumulateGradient { gradient, _ in
        for factor in factors { Backend.current.arithmetic.scale(&gradient, by: factor) }
      }
    }
    return norm
  }

  /// ‖g‖: the length of all gradients as one vector; 0 where there are none.
  public var gradientNorm: Scalar {
    let (largest, relativeNorm) = scaledNorm
    return largest * relativeNorm
  }

  /// ‖g‖ as a product, so that no square leaves the range of numbers: mostly 1 · ‖g‖, and where the sum of
  /// squares is too large, or so small that it has lost digits, m · ‖g / m‖ with the largest magnitude m.
  private var scaledNorm: (largest: Scalar, relativeNorm: Scalar) {
    let gradients = compactMap { $0.variable.gradient?.elements }
    let squares = gradients.reduce(0.0) {
      $0 + Double(Backend.current.vector.dot($1.span, $1.span))
    }
    let safe =
      Double(
        Scalar.leastNormalMagnitude / Scalar.ulpOfOne)...Double(
        Scalar.greatestFiniteMagnitude)
    if safe.contains(squares) { return (1, Scalar(squares.squareRoot())) }
    let largest = gradients.joined().reduce(Scalar(0)) { .largerOrNaN($0, abs($1)) }
    guard largest > 0 && largest.isFinite else { return (largest, 1) }
    let relative = gradients.joined().reduce(0.0) {
      let share = Double($1 / largest)
      return $0 + share * share
    }
    return (largest, Scalar(relative.squareRoot()))
  }
}
