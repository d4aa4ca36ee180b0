import Backprop
import KernelSupport

extension Variable {
  /// The Euclidean length of every example: of all its numbers, whatever their shape.
  ///
  ///     y[i] = √(Σ x[i, …]²);   ∂L/∂x[i, …] = ∂L/∂y[i] · x[i, …] / y[i]
  ///
  /// - Returns: [examples], where this variable is [examples, …].
  public func exampleNorms() -> Variable {
    precondition(!value.shape.isEmpty, "exampleNorms: a single number is no batch of examples")
    let kernels = Backend.current.norms
    let x = value
    let elements = x.elements
    var norms = Tensor(shape: [x.shape[0]])
    norms.update { kernels.rowNorms(elements.span, into: &$0) }
    let lengths = norms.elements
    return Variable(norms, from: [self]) { [self] gradient in
      let upstream = gradient.elements
      var result = x
      result.update {
        kernels.rowNormsBackward(norms: lengths.span, upstream: upstream.span, gradient: &$0)
      }
      addGradient(result)
    }
  }
}
