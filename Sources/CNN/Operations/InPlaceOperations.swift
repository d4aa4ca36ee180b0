import Backprop
import KernelSupport
import Perceptrons

// The last steps of a layer, in the memory of the operation before: an image network's feature maps are
// millions of numbers, and a copy of them costs as much as some convolutions do.

extension Activation {
  /// The function applied in place to what an operation has just computed; nobody else may have seen it.
  ///
  /// - Parameter sums: the result of an operation; on return, of the activation.
  /// - Returns: `sums`, or another variable where the slope needs the sums themselves.
  func replacing(_ sums: Variable) -> Variable {
    switch self {
    case .linear: break
    case .gelu: return sums.gelu()
    case .sigmoid:
      amend(sums, { $0.sigmoid(&$1) }) { $0.sigmoidBackward(output: $1, gradient: &$2) }
    case .tanh:
      amend(sums, { $0.tanh(&$1) }) { $0.tanhBackward(output: $1, gradient: &$2) }
    case .relu:
      amend(sums, { $0.relu(&$1) }) { $0.reluBackward(output: $1, gradient: &$2) }
    case .leakyReLU(let slope):
      amend(sums, { $0.leakyReLU(&$1, slope: slope) }) {
        $0.leakyReLUBackward(output: $1, slope: slope, gradient: &$2)
      }
    case .softmax:
      let columns = sums.value.columns
      amend(sums, { $0.softmax(&$1, columns: columns) }) {
        $0.softmaxBackward(output: $1, columns: columns, gradient: &$2)
      }
    }
    return sums
  }

  private func amend(
    _ sums: Variable,
    _ kernel: (_ kernels: any ActivationKernels.Type, _ x: inout MutableSpan<Scalar>) -> Void,
    pullback:
      @escaping (
        _ kernels: any ActivationKernels.Type, _ output: Span<Scalar>,
        _ gradient: inout MutableSpan<Scalar>
      ) -> Void
  ) {
    sums.amend {
      kernel(Backend.current.activation, &$0)
    } pullback: { output, gradient in
      let kept = output.elements
      gradient.update { pullback(Backend.current.activation, kept.span, &$0) }
    }
  }
}

extension Variable {
  /// Adds another variable in place to what an operation has just computed; nobody else may have seen it.
  ///
  /// - Parameters:
  ///   - term: of this variable's shape.
  ///   - operation: who asks, for the message.
  func add(_ term: Variable, operation: String) {
    precondition(
      term.value.shape == value.shape,
      "\(operation): a shortcut of shape \(term.value.shape) to a path of shape \(value.shape)")
    let elements = term.value.elements
    amend(reading: term) {
      Backend.current.arithmetic.add(elements.span, to: &$0)
    } pullback: { _, gradient in
      term.addGradient(gradient)
    }
  }
}
