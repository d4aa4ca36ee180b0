import KernelSupport
import Perceptrons

// The activations of chapter 1 for variables: one table of their kernels, applied to a copy or in place. Nearly
// all slopes are functions of the output, which the pullback keeps; the gradient is multiplied by them in place.

extension Activation {
  /// Turns x into y, in place.
  private typealias Forward = (_ x: inout MutableSpan<Scalar>) -> Void
  /// Turns ∂L/∂y into ∂L/∂x, in place, with the help of y.
  private typealias Backward = (_ y: Span<Scalar>, _ gradient: inout MutableSpan<Scalar>) -> Void

  /// What computes the function of a variable and the way back; nil for the sum itself.
  private func kernels(of x: Variable) -> (Forward, Backward)? {
    let kernels = Backend.current.activation
    switch self {
    case .linear: return nil
    case .sigmoid: return (kernels.sigmoid, { kernels.sigmoidBackward(output: $0, gradient: &$1) })
    case .tanh: return (kernels.tanh, { kernels.tanhBackward(output: $0, gradient: &$1) })
    case .relu: return (kernels.relu, { kernels.reluBackward(output: $0, gradient: &$1) })
    case .leakyReLU(let slope):
      return (
        { kernels.leakyReLU(&$0, slope: slope) },
        { kernels.leakyReLUBackward(output: $0, slope: slope, gradient: &$1) }
      )
    case .gelu:
      let input = x.value.elements
      return (kernels.gelu, { kernels.geluBackward(input: input.span, gradient: &$1) })
    case .softmax:
      let columns = x.value.columns
      return (
        { kernels.softmax(&$0, columns: columns) },
        { kernels.softmaxBackward(output: $0, columns: columns, gradient: &$1) }
      )
    }
  }

  /// The function applied to a variable.
  public func callAsFunction(_ x: Variable) -> Variable {
    guard let (forward, backward) = kernels(of: x) else { return x }
    return x.mapped(forward, pullback: backward)
  }

  /// The function applied in place to what an operation has just computed; nobody else may have seen it.
  ///
  /// A layer's sums are up to millions of numbers, and a copy of them costs as much as some products do.
  ///
  /// - Parameter sums: the result of an operation; on return, of the activation.
  /// - Returns: `sums`, or another variable where the slope needs the sums themselves.
  package func replacing(_ sums: Variable) -> Variable {
    if self == .gelu { return self(sums) }
    if let (forward, backward) = kernels(of: sums) { sums.amend(by: forward, pullback: backward) }
    return sums
  }
}

extension Variable {
  /// σ(x) = 1 / (1 + e⁻ˣ), element by element.
  public func sigmoid() -> Variable { Activation.sigmoid(self) }

  /// tanh x, element by element.
  public func tanh() -> Variable { Activation.tanh(self) }

  /// max(x, 0), element by element.
  public func relu() -> Variable { Activation.relu(self) }

  /// x where x > 0 and slope · x elsewhere.
  ///
  /// - Parameter slope: the slope for negative x, above 0: the output's sign tells the input's.
  public func leakyReLU(slope: Scalar) -> Variable { Activation.leakyReLU(slope: slope)(self) }

  /// Softmax along the last dimension.
  public func softmax() -> Variable { Activation.softmax(self) }

  /// The Gaussian error linear unit in its tanh form, element by element; its slope needs the input.
  public func gelu() -> Variable { Activation.gelu(self) }
}
