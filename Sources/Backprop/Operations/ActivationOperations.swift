import KernelSupport
import Perceptrons

// The activations of chapter 1 for variables. Nearly all slopes are functions of the output, which the
// pullback keeps; the gradient is multiplied by them in place.

extension Variable {
  /// σ(x) = 1 / (1 + e⁻ˣ), element by element.
  public func sigmoid() -> Variable {
    let kernels = Backend.current.activation
    return mapped(kernels.sigmoid) { kernels.sigmoidBackward(output: $0, gradient: &$1) }
  }

  /// tanh x, element by element.
  public func tanh() -> Variable {
    let kernels = Backend.current.activation
    return mapped(kernels.tanh) { kernels.tanhBackward(output: $0, gradient: &$1) }
  }

  /// max(x, 0), element by element.
  public func relu() -> Variable {
    let kernels = Backend.current.activation
    return mapped(kernels.relu) { kernels.reluBackward(output: $0, gradient: &$1) }
  }

  /// x where x > 0 and slope · x elsewhere.
  ///
  /// - Parameter slope: the slope for negative x, above 0: the output's sign tells the input's.
  public func leakyReLU(slope: Scalar) -> Variable {
    let kernels = Backend.current.activation
    return mapped {
      kernels.leakyReLU(&$0, slope: slope)
    } pullback: {
      kernels.leakyReLUBackward(output: $0, slope: slope, gradient: &$1)
    }
  }

  /// Softmax along the last dimension.
  public func softmax() -> Variable {
    let (kernels, columns) = (Backend.current.activation, value.columns)
    return mapped {
      kernels.softmax(&$0, columns: columns)
    } pullback: {
      kernels.softmaxBackward(output: $0, columns: columns, gradient: &$1)
    }
  }

  /// The Gaussian error linear unit in its tanh form, element by element; its slope needs the input.
  public func gelu() -> Variable {
    let (kernels, input) = (Backend.current.activation, value.elements)
    return mapped(kernels.gelu) { kernels.geluBackward(input: input.span, gradient: &$1) }
  }
}
