import KernelSupport
import Perceptrons

// The activations of chapter 1 for variables. Nearly all slopes are functions of the output, which the
// pullback keeps; the gradient is multiplied by them in place.

extension Variable {
  /// σ(x) = 1 / (1 + e⁻ˣ), element by element.
  public func sigmoid() -> Variable {
    activated {
      Backend.current.activation.sigmoid(&$0)
    } pullback: { output, gradient in
      Backend.current.activation.sigmoidBackward(output: output, gradient: &gradient)
    }
  }

  /// tanh x, element by element.
  public func tanh() -> Variable {
    activated {
      Backend.current.activation.tanh(&$0)
    } pullback: { output, gradient in
      Backend.current.activation.tanhBackward(output: output, gradient: &gradient)
    }
  }

  /// max(x, 0), element by element.
  public func relu() -> Variable {
    activated {
      Backend.current.activation.relu(&$0)
    } pullback: { output, gradient in
      Backend.current.activation.reluBackward(output: output, gradient: &gradient)
    }
  }

  /// x where x > 0 and slope · x elsewhere.
  ///
  /// - Parameter slope: the slope for negative x, above 0: the output's sign tells the input's.
  public func leakyReLU(slope: Scalar) -> Variable {
    activated {
      Backend.current.activation.leakyReLU(&$0, slope: slope)
    } pullback: {
      Backend.current.activation.leakyReLUBackward(output: $0, slope: slope, gradient: &$1)
    }
  }

  /// Softmax along the last dimension.
  public func softmax() -> Variable {
    let columns = value.columns
    return activated {
      Backend.current.activation.softmax(&$0, columns: columns)
    } pullback: {
      Backend.current.activation.softmaxBackward(output: $0, columns: columns, gradient: &$1)
    }
  }

  /// The Gaussian error linear unit in its tanh form, element by element; its slope needs the input.
  public func gelu() -> Variable {
    var output = value
    output.update { Backend.current.activation.gelu(&$0) }
    let input = value.elements
    return Variable(output, from: self) { [self] gradient in
      gradient.update { Backend.current.activation.geluBackward(input: input.span, gradient: &$0) }
      addGradient(gradient)
    }
  }

  /// A kernel applied to a copy of the value, and the kernel that pulls a gradient back by the output.
  private func activated(
    _ kernel: (inout MutableSpan<Scalar>) -> Void,
    pullback: @escaping (_ output: Span<Scalar>, _ gradient: inout MutableSpan<Scalar>) -> Void
  ) -> Variable {
    var output = value
    output.update(kernel)
    let kept = output.elements
    return Variable(output, from: self) { [self] gradient in
      gradient.update { pullback(kept.span, &$0) }
      addGradient(gradient)
    }
  }
}
