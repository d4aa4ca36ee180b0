import KernelSupport
import Perceptrons
import TestSupport
import Testing

/// One activation kernel and its pullback in a form that all of them share.
struct Activation: Sendable, CustomTestStringConvertible {
  let name: String
  let forward: @Sendable (any ActivationKernels.Type, inout MutableSpan<Scalar>) -> Void
  /// Gets both the input and the output, and uses one of them.
  let backward:
    @Sendable (
      _ kernels: any ActivationKernels.Type, _ input: Span<Scalar>, _ output: Span<Scalar>,
      _ gradient: inout MutableSpan<Scalar>
    ) -> Void
  /// The length of a row where rows matter.
  var columns: Int?

  var testDescription: String { columns.map { "\(name) of \($0)" } ?? name }

  static let elementwise = [
    Activation(
      name: "sigmoid", forward: { $0.sigmoid(&$1) },
      backward: { $0.sigmoidBackward(output: $2, gradient: &$3) }),
    Activation(
      name: "tanh", forward: { $0.tanh(&$1) },
      backward: { $0.tanhBackward(output: $2, gradient: &$3) }),
    Activation(
      name: "relu", forward: { $0.relu(&$1) },
      backward: { $0.reluBackward(output: $2, gradient: &$3) }),
    Activation(
      name: "leakyReLU", forward: { $0.leakyReLU(&$1, slope: 0.01) },
      backward: { $0.leakyReLUBackward(output: $2, slope: 0.01, gradient: &$3) }),
    Activation(
      name: "gelu", forward: { $0.gelu(&$1) },
      backward: { $0.geluBackward(input: $1, gradient: &$3) }),
  ]

  static func softmax(columns: Int) -> Activation {
    Activation(
      name: "softmax", forward: { $0.softmax(&$1, columns: columns) },
      backward: { $0.softmaxBackward(output: $2, columns: columns, gradient: &$3) },
      columns: columns)
  }

  /// Softmax over rows of one element, of vectors ± 1, and longer ones.
  static let softmaxes = [1, 2, 3, 5, 7, 8, 9, 10, 13, 31, 32, 33, 127, 1031].map(softmax)

  /// The outputs for these inputs.
  func outputs(_ inputs: [Scalar], _ kernels: any ActivationKernels.Type) -> [Scalar] {
    changed(inputs) { forward(kernels, &$0) }
  }

  /// ∂L/∂input from ∂L/∂output.
  func pullback(
    _ upstream: [Scalar], inputs: [Scalar], _ kernels: any ActivationKernels.Type
  ) -> [Scalar] {
    let outputs = outputs(inputs, kernels)
    return changed(upstream) { backward(kernels, inputs.span, outputs.span, &$0) }
  }
}
