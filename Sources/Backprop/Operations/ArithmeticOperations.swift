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
  func multiply(_ x: Tensor, by y: Tensor) -> Tensor {
    var product = x
    let factor = y.elements
    product.update { kernels.multiply(&$0, by: factor.span) }
    return product
  }
  return Variable(multiply(xValue, by: yValue), from: [x, y]) { gradient in
    if x.needsGradient { x.addGradient(multiply(gradient, by: yValue)) }
    if y.needsGradient { y.addGradient(multiply(gradient, by: xValue)) }
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
    let shape = value.shape
    let elements = value.elements
    var total = Tensor(0)
    total.update {
      Backend.current.matrix.rowSums(elements.span, into: &$0, accumulating: false)
    }
    return Variable(total, from: [self]) { [self] gradient in
      addGradient(Tensor(repeating: gradient.number, shape: shape))
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
