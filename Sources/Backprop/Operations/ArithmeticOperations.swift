import KernelSupport
import Perceptrons

// Element-wise arithmetic of variables of the same shape: each value, then its pullback.

/// The sum, element by element; both variables have the same shape.
public func + (x: Variable, y: Variable) -> Variable {
  checkShapes("+", x, y)
  var sum = x.value
  let term = y.value.elements
  sum.update { Backend.current.arithmetic.add(term.span, to: &$0) }
  return Variable(sum, from: [x, y]) { gradient in
    x.addGradient(gradient)
    y.addGradient(gradient)
  }
}

/// The difference, element by element; both variables have the same shape.
public func - (x: Variable, y: Variable) -> Variable {
  checkShapes("-", x, y)
  let (kernels, term) = (Backend.current.arithmetic, y.value.elements)
  var difference = x.value
  difference.update { kernels.subtract(term.span, from: &$0) }
  return Variable(difference, from: [x, y]) { gradient in
    x.addGradient(gradient)
    guard y.needsGradient else { return }
    gradient.update { kernels.scale(&$0, by: -1) }
    y.addGradient(gradient)
  }
}

/// The product, element by element; both variables have the same shape.
public func * (x: Variable, y: Variable) -> Variable {
  checkShapes("*", x, y)
  let (kernels, xValue, yValue) = (Backend.current.arithmetic, x.value, y.value)
  func multiply(_ x: inout Tensor, by y: Tensor) {
    let factor = y.elements
    x.update { kernels.multiply(&$0, by: factor.span) }
  }
  var product = xValue
  multiply(&product, by: yValue)
  return Variable(product, from: [x, y]) { gradient in
    if x.needsGradient {
      // Only where both factors need one is the gradient copied; the other takes its place.
      var term = y.needsGradient ? gradient : exchange(&gradient, with: Tensor([], shape: [0]))
      multiply(&term, by: yValue)
      x.addGradient(term)
    }
    guard y.needsGradient else { return }
    multiply(&gradient, by: xValue)
    y.addGradient(gradient)
  }
}

/// The product of a number and every element.
public func * (factor: Scalar, x: Variable) -> Variable {
  let kernels = Backend.current.arithmetic
  return x.mapped {
    kernels.scale(&$0, by: factor)
  } pullback: {
    kernels.scale(&$1, by: factor)
  }
}

extension Variable {
  /// The sum of all elements: a single number.
  public func sum() -> Variable {
    let elements = value.elements
    var total = Tensor(0)
    total.update {
      Backend.current.matrix.rowSums(elements.span, into: &$0, accumulating: false)
    }
    return Variable(total, from: [self]) { [self] gradient in
      let term = gradient.number
      accumulateGradient { sum, accumulating in
        for i in sum.indices { sum[i] = accumulating ? sum[i] + term : term }
      }
    }
  }

  /// The same elements in another shape.
  ///
  /// - Precondition: the product of `shape` is the count of elements.
  public func reshaped(_ shape: [Int]) -> Variable {
    Variable(value.reshaped(shape), from: [self]) { [self] gradient in
      addGradient(gradient.reshaped(value.shape))
    }
  }
}

func checkShapes(_ operation: String, _ x: Variable, _ y: Variable) {
  precondition(
    x.value.shape == y.value.shape,
    "\(operation): operands of shapes \(x.value.shape) and \(y.value.shape)")
}
