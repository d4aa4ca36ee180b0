import KernelSupport
import Perceptrons

// Element-wise arithmetic of variables of the same shape: each value, then its pullback.

/// The sum, element by element; both variables have the same shape.
public func + (x: Variable, y: Variable) -> Variable {
  checkShapes("+", x, y)
  var sum = x.value
  let term = y.value.elements
  sum.update { Backend.current.arithmetic.add(term.span, to: &$0) }
  return Variable(sum, from: x, y) { gradient in
    x.addGradient(gradient)
    y.addGradient(gradient)
  }
}

/// The difference, element by element; both variables have the same shape.
public func - (x: Variable, y: Variable) -> Variable {
  checkShapes("-", x, y)
  var difference = x.value
  let term = y.value.elements
  difference.update { Backend.current.arithmetic.subtract(term.span, from: &$0) }
  return Variable(difference, from: x, y) { gradient in
    x.addGradient(gradient)
    guard y.needsGradient else { return }
    gradient.update { Backend.current.arithmetic.scale(&$0, by: -1) }
    y.addGradient(gradient)
  }
}

/// The product, element by element; both variables have the same shape.
public func * (x: Variable, y: Variable) -> Variable {
  checkShapes("*", x, y)
  let product = multiply(x.value, by: y.value)
  let (xValue, yValue) = (x.value, y.value)
  return Variable(product, from: x, y) { gradient in
    if x.needsGradient { x.addGradient(multiply(gradient, by: yValue)) }
    if y.needsGradient { y.addGradient(multiply(gradient, by: xValue)) }
  }
}

/// The product of a number and every element.
public func * (factor: Scalar, x: Variable) -> Variable {
  var product = x.value
  product.update { Backend.current.arithmetic.scale(&$0, by: factor) }
  return Variable(product, from: x) { gradient in
    gradient.update { Backend.current.arithmetic.scale(&$0, by: factor) }
    x.addGradient(gradient)
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
    return Variable(total, from: self) { [self] gradient in
      addGradient(Tensor(repeating: gradient.number, shape: shape))
    }
  }

  /// The same elements in another shape.
  ///
  /// - Precondition: the product of `shape` is the count of elements.
  public func reshaped(_ shape: [Int]) -> Variable {
    Variable(value.reshaped(shape), from: self) { [self] gradient in
      addGradient(gradient.reshaped(value.shape))
    }
  }
}

private func multiply(_ x: Tensor, by y: Tensor) -> Tensor {
  var product = x
  let factor = y.elements
  product.update { Backend.current.arithmetic.multiply(&$0, by: factor.span) }
  return product
}

func checkShapes(_ operation: String, _ x: Variable, _ y: Variable) {
  precondition(
    x.value.shape == y.value.shape,
    "\(operation): operands of shapes \(x.value.shape) and \(y.value.shape)")
}
