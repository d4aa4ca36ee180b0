import Backprop
import KernelSupport
import Perceptrons

extension Activation {
  /// The function applied in place to what an operation has just computed; nobody else may have seen it.
  ///
  /// An image network's feature maps are millions of numbers, and a copy of them costs as much as some
  /// convolutions do.
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
    let kernels = Backend.current.activation
    sums.amend {
      kernel(kernels, &$0)
    } pullback: { output, gradient in
      let kept = output.elements
      gradient.update { pullback(kernels, kept.span, &$0) }
    }
  }
}
