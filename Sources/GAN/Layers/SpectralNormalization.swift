import Backprop
import CNN
import KernelSupport

/// A layer whose weights can be replaced by others.
public protocol WeightedLayer: Layer {
  /// W, […, out].
  var weight: Variable { get }
  /// The same layer with other weights, perhaps computed ones.
  func replacing(weight: Variable) -> Self
}

extension Dense: WeightedLayer {
  /// The layer with other weights.
  public func replacing(weight: Variable) -> Dense {
    Dense(weight: weight, bias: bias, activation: activation)
  }
}

extension Conv2D: WeightedLayer {
  /// The layer with other weights.
  public func replacing(weight: Variable) -> Conv2D {
    Conv2D(weight: weight, bias: bias, window: window, activation: activation)
  }
}

/// A layer whose weight matrix has the largest singular value 1: it stretches no difference of inputs.
///
///     y = layer with W / σ(W)
///
/// σ is found by power iteration, a round a training step, from where the last one ended:
///
///     right ← Wᵀ left / ‖Wᵀ left‖,   left ← W right / ‖W right‖,   σ ≈ leftᵀ W right
///
/// Weights move little in a step, so one round keeps up. In evaluation there is none, and nothing changes.
/// For a convolution the matrix is [taps · in, out]; its σ bounds that of the convolution itself only up to the root of the
/// number of taps, as in the paper.
///
/// Source: Miyato et al., "Spectral Normalization for Generative Adversarial Networks", ICLR 2018, algorithm 1.
public struct SpectralNormalization<Base: WeightedLayer>: Layer {
  /// The layer with the weights that are learned.
  public let base: Base
  /// The left singular vector, [taps · in], which the power iteration changes and gradients don't.
  public let left: Variable
  /// The right one, [out].
  public let right: Variable

  /// Wraps a layer.
  ///
  /// - Parameters:
  ///   - base: the layer.
  ///   - iterations: how many rounds are made at once, at least 1: 15 as in PyTorch.
  ///   - generator: draws the vector to begin with.
  public init(
    _ base: Base, iterations: Int = 15, using generator: inout some RandomNumberGenerator
  ) {
    precondition(iterations >= 1, "SpectralNormalization: \(iterations) iterations to begin with")
    self.base = base
    let weight = base.weight.value
    left = Variable(
      Tensor((0..<weight.rows).map { _ in generator.normal() }, shape: [weight.rows]))
    right = Variable(Tensor(shape: [weight.columns]))
    for _ in 0..<iterations { iterate() }
  }

  fileprivate init(base: Base, left: Variable, right: Variable) {
    (self.base, self.left, self.right) = (base, left, right)
  }

  /// A round of power iteration.
  public func iterate() {
    let weight = base.weight.value
    let r = normalized(weight.transposedMultiplied(left.value.elements))
    let l = normalized(weight.multiplied(r))
    right.setValue(Tensor(r, shape: [r.count]))
    left.setValue(Tensor(l, shape: [l.count]))
  }

  /// The layer's output.
  ///
  /// - Parameters:
  ///   - input: what the base layer takes.
  ///   - phase: in training a round of power iteration comes first.
  public func callAsFunction(_ input: Variable, _ phase: Phase) -> Variable {
    if phase != .evaluation { iterate() }
    return effective(input, phase)
  }

  /// The base layer with the weights that are used.
  var effective: Base {
    base.replacing(
      weight: base.weight.spectrallyNormalized(
        left: left.value.elements, right: right.value.elements))
  }
}

extension SpectralNormalization: Freezable where Base: Freezable {
  /// The layer with parameters that need no gradient, and its singular vectors.
  public var frozen: SpectralNormalization {
    SpectralNormalization(
      base: base.frozen, left: left.detached(), right: right.detached())
  }
}

extension SpectralNormalization: Linearizable where Base: Linearizable {
  /// The base layer's way back, with the weights that are used.
  public func linearized(at input: Variable) -> Linearized { effective.linearized(at: input) }
}

/// x / ‖x‖, or x where that is 0.
private func normalized(_ x: [Scalar]) -> [Scalar] {
  let length = x.reduce(0) { $0 + $1 * $1 }.squareRoot()
  return length > 0 ? x.map { $0 / length } : x
}
