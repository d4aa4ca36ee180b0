import KernelSupport
import Perceptrons
import TestSupport
import Testing

/// The numeric gradient of L = Σ upstreamᵢ yᵢ by central differences.
///
///     ∂L/∂xⱼ ≈ Σᵢ upstreamᵢ (yᵢ(xⱼ + h) − yᵢ(xⱼ − h)) / 2h
///
/// Outputs are subtracted before they are summed, so those that xⱼ does not change cancel exactly.
private func numericGradient(
  _ upstream: [Scalar], inputs: [Scalar], step: Scalar, _ outputs: ([Scalar]) -> [Scalar]
) -> [Scalar] {
  inputs.indices.map { j in
    var (above, below) = (inputs, inputs)
    above[j] += step
    below[j] -= step
    let differences = zip(outputs(above), outputs(below)).map { $0 - $1 }
    let sum = zip(upstream, differences).map { $0 * $1 }.reduce(0, +)
    return sum / (above[j] - below[j])
  }
}

/// The step, and the largest distance of a right gradient from the numeric one.
///
/// A central difference errs by h²/6 · |y‴|, and |y‴| stays below 2 for these functions; and by the
/// rounding of two outputs up to 4, some 2 ulp each, over 2h. An upstream gradient up to 4 multiplies both.
/// That is 1e-10 + 4e-10 in double precision, where the book demands 1e-6, and 0.9e-4 + 5e-4 in single
/// precision. The step is below the inputs' distance of 0.01 from zero: no kink lies between.
#if Float64
  private let (step, tolerance): (Scalar, Scalar) = (1e-5, 1e-6)
#else
  private let (step, tolerance): (Scalar, Scalar) = (0x1p-7, 1e-3)
#endif

@Suite struct ActivationGradientTests {
  static let activations =
    Activation.elementwise + [1, 2, 7, 10, 21].map(Activation.softmax)

  static let inputs = numbersOffZero(count: 210, seed: 11)
  static let upstream = numbersOffZero(count: 210, seed: 12)

  @Test(arguments: activations, Backend.allCases)
  func `pullback agrees with finite differences`(activation: Activation, backend: Backend) {
    let kernels = backend.activation
    let numeric = numericGradient(Self.upstream, inputs: Self.inputs, step: step) {
      activation.outputs($0, kernels)
    }
    let analytic = activation.pullback(Self.upstream, inputs: Self.inputs, kernels)
    expectClose(analytic, numeric, within: tolerance)
  }

  /// Mistakes that people make: a factor dropped, a sign flipped, a gradient let through, the tanh of
  /// another scale, only the diagonal of softmax's Jacobian.
  static let mistakes: [Activation] = [
    Activation(
      name: "sigmoid without 1 − y", forward: { $0.sigmoid(&$1) },
      backward: { _, _, y, gradient in for i in y.indices { gradient[i] *= y[i] } }),
    Activation(
      name: "tanh with 1 + y²", forward: { $0.tanh(&$1) },
      backward: { _, _, y, gradient in for i in y.indices { gradient[i] *= 1 + y[i] * y[i] } }),
    Activation(
      name: "relu that lets all through", forward: { $0.relu(&$1) }, backward: { _, _, _, _ in }),
    Activation(
      name: "leakyReLU with another slope", forward: { $0.leakyReLU(&$1, slope: 0.01) },
      backward: { $0.leakyReLUBackward(output: $2, slope: 0.02, gradient: &$3) }),
    Activation(
      name: "gelu of the output", forward: { $0.gelu(&$1) },
      backward: { $0.geluBackward(input: $2, gradient: &$3) }),
    Activation(
      name: "softmax with the diagonal only", forward: { $0.softmax(&$1, columns: 7) },
      backward: { _, _, y, gradient in for i in y.indices { gradient[i] *= y[i] * (1 - y[i]) } }),
    Activation(
      name: "softmax over other rows", forward: { $0.softmax(&$1, columns: 7) },
      backward: { $0.softmaxBackward(output: $2, columns: 14, gradient: &$3) }),
  ]

  @Test(arguments: mistakes)
  func `a wrong pullback is rejected`(activation: Activation) {
    let numeric = numericGradient(Self.upstream, inputs: Self.inputs, step: step) {
      activation.outputs($0, Naive.self)
    }
    let wrong = activation.pullback(Self.upstream, inputs: Self.inputs, Naive.self)
    #expect(firstDisagreement(wrong, numeric, within: tolerance) != nil)
  }
}
