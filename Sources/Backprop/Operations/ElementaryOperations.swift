import KernelSupport
import Perceptrons

// Elementary functions of variables, quotients, and numbers added. A pullback uses the kernels of the
// forward pass and what was computed there, whatever has been chosen or changed meanwhile.

extension Variable {
  /// eˣ, element by element.
  public func exp() -> Variable {
    let arithmetic = Backend.current.arithmetic
    return mapped(Backend.current.elementary.exp) { arithmetic.multiply(&$1, by: $0) }
  }

  /// ln x, element by element; x is above 0.
  public func log() -> Variable {
    let (kernels, x) = (Backend.current.elementary, value.elements)
    return mapped(kernels.log) { kernels.divide(&$1, by: x.span) }
  }

  /// √x, element by element; x is above 0, since the slope at 0 is infinite.
  public func squareRoot() -> Variable {
    let (kernels, arithmetic) = (Backend.current.elementary, Backend.current.arithmetic)
    return mapped(kernels.squareRoot) {
      kernels.divide(&$1, by: $0)
      arithmetic.scale(&$1, by: 0.5)
    }
  }

  /// ln(1 + eˣ), element by element; its slope is σ(x).
  public func softplus() -> Variable {
    let (activation, arithmetic) = (Backend.current.activation, Backend.current.arithmetic)
    let x = value
    return mapped(Backend.current.elementary.softplus) {
      var slope = x
      slope.update { activation.sigmoid(&$0) }
      arithmetic.multiply(&$1, by: slope.elements.span)
    }
  }

  /// |x|, element by element; the slope at 0 is 0.
  public func absoluteValue() -> Variable {
    let arithmetic = Backend.current.arithmetic
    let signs = value.elements.map { x -> Scalar in x > 0 ? 1 : x < 0 ? -1 : 0 }
    return mapped {
      arithmetic.multiply(&$0, by: signs.span)
    } pullback: {
      arithmetic.multiply(&$1, by: signs.span)
    }
  }

  /// x to the power of p, element by element.
  ///
  ///     y[i] = x[i]^p;   ∂L/∂x[i] = p x[i]^(p − 1) ∂L/∂y[i]
  ///
  /// - Parameter p: the exponent, a number and no variable; x is above 0 unless p is an integer of 1 or more.
  public func power(_ p: Scalar) -> Variable {
    let (kernels, arithmetic) = (Backend.current.elementary, Backend.current.arithmetic)
    let x = value
    return mapped {
      kernels.power(&$0, p)
    } pullback: {
      var slope = x
      slope.update { kernels.power(&$0, p - 1) }
      arithmetic.multiply(&$1, by: slope.elements.span)
      arithmetic.scale(&$1, by: p)
    }
  }

  /// The elements of this variable where a mask says so, and another one's elsewhere.
  ///
  ///     y[i] = mask[i] ? x[i] : other[i]
  ///
  /// No product with 0 does the same: 0 times an infinity, or NaN, is NaN.
  ///
  /// - Parameters:
  ///   - mask: an answer an element.
  ///   - other: of this variable's shape.
  public func selected(where mask: [Bool], otherwise other: Variable) -> Variable {
    checkShapes("selected", self, other)
    precondition(
      mask.count == value.count,
      "selected: \(mask.count) answers for a variable of shape \(value.shape)")
    let (kernels, otherElements) = (Backend.current.elementary, other.value.elements)
    var y = value
    y.update { kernels.select(&$0, where: mask.span, otherwise: otherElements.span) }
    return Variable(y, from: [self, other]) { [self] gradient in
      if other.needsGradient {
        var rest = Tensor(shape: gradient.shape)
        let upstream = gradient.elements
        rest.update { kernels.select(&$0, where: mask.span, otherwise: upstream.span) }
        other.addGradient(rest)
      }
      let nothing = [Scalar](repeating: 0, count: mask.count)
      gradient.update { kernels.select(&$0, where: mask.span, otherwise: nothing.span) }
      addGradient(gradient)
    }
  }

  /// The value as if nobody had computed it: no gradient flows past it.
  public func detached() -> Variable { Variable(value) }

  /// A kernel applied to a copy of the value, and what turns ∂L/∂y into ∂L/∂x.
  ///
  /// - Parameters:
  ///   - kernel: turns x into y, in place.
  ///   - pullback: gets y, and the gradient with respect to it to be changed into that with respect to x.
  package func mapped(
    _ kernel: (inout MutableSpan<Scalar>) -> Void,
    pullback: @escaping (_ output: Span<Scalar>, _ gradient: inout MutableSpan<Scalar>) -> Void
  ) -> Variable {
    var output = value
    output.update(kernel)
    let kept = output.elements
    return Variable(output, from: [self]) { [self] gradient in
      gradient.update { pullback(kept.span, &$0) }
      addGradient(gradient)
    }
  }
}

/// The quotient, element by element; both variables have the same shape.
public func / (x: Variable, y: Variable) -> Variable {
  checkShapes("/", x, y)
  let (kernels, arithmetic) = (Backend.current.elementary, Backend.current.arithmetic)
  let divisor = y.value.elements
  var quotient = x.value
  quotient.update { kernels.divide(&$0, by: divisor.span) }
  let kept = quotient.elements
  return Variable(quotient, from: [x, y]) { gradient in
    // ∂L/∂x = g / y,  ∂L/∂y = −g x / y² = −(g / y) (x / y)
    gradient.update { kernels.divide(&$0, by: divisor.span) }
    x.addGradient(gradient)
    guard y.needsGradient else { return }
    gradient.update {
      arithmetic.multiply(&$0, by: kept.span)
      arithmetic.scale(&$0, by: -1)
    }
    y.addGradient(gradient)
  }
}

/// The negative of every element.
public prefix func - (x: Variable) -> Variable { -1 * x }

/// Every element plus a number.
public func + (x: Variable, c: Scalar) -> Variable {
  let kernels = Backend.current.elementary
  return x.mapped {
    kernels.shift(&$0, by: c)
  } pullback: { _, _ in
  }
}

/// Every element minus a number.
public func - (x: Variable, c: Scalar) -> Variable { x + -c }
