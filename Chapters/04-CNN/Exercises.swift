// Your answers to the exercises of this chapter. The tasks are told in full at the end of README.md.
//
// Replace `throw Unanswered()` in a function by your answer, then run
//
//     swift run grade cnn
//
// A `Scalar` is a `Float` and has a `squareRoot()`; add helper functions as you like.

import Grading
import KernelSupport

/// The answers to the programming exercises of chapter 4.
public enum CNNAnswers: CNNExercises {
  /// Exercise 1: how many outputs the last of these windows has on a row of `size` pixels, and how many
  /// pixels lie between the first and the last that one of these outputs sees, both counted, and padding
  /// too. Every window fits; `padding` is that on either side. Without windows every pixel is an output.
  public static func fieldOfView(
    of windows: [(size: Int, stride: Int, dilation: Int, padding: Int)], on size: Int
  ) throws -> (outputs: Int, pixels: Int) {
    throw Unanswered()
  }

  /// Exercise 2: ∂L/∂x for average pooling on a row of `size` pixels with `padding` pixels on either side,
  /// where `gradient` is ∂L/∂y. A mean divides by `window`, or by the number of the row's own pixels in the
  /// window unless `countsPadding`.
  public static func averagePoolingBackward(
    _ gradient: [Scalar], size: Int, window: Int, stride: Int, padding: Int, countsPadding: Bool
  ) throws -> [Scalar] {
    throw Unanswered()
  }

  /// Exercise 3: a column and a row of `side` numbers each whose products are the kernel's numbers, row by
  /// row, or nil if there are none. The kernel's numbers are whole and small.
  public static func factors(
    of kernel: [Scalar], side: Int
  ) throws -> (column: [Scalar], row: [Scalar])? {
    throw Unanswered()
  }

  /// Exercise 4: the weights and biases of the convolution that equals one with these weights, [kernel
  /// height, kernel width, in, out], and no biases, followed by γ (x − μ) / √(variance + ε) + β. Mean,
  /// variance, scale (γ) and shift (β) have a number for every output channel.
  public static func folded(
    weight: [Scalar], mean: [Scalar], variance: [Scalar], epsilon: Scalar, scale: [Scalar],
    shift: [Scalar]
  ) throws -> (weight: [Scalar], bias: [Scalar]) {
    throw Unanswered()
  }

  /// Exercise 5: the gradient with respect to the three taps of a convolution whose outputs are
  /// yₜ = xₜ g₀ + xₜ₊₁ g₁ + xₜ₊₂ g₂, where `gradient` is ∂L/∂y: two numbers fewer than `x`. Pixels and
  /// gradients are only multiplied by `multiply`, four times for every two outputs, and at most four times
  /// for one that is left over.
  public static func tapGradient(
    _ x: [Scalar], gradient: [Scalar], times multiply: (Scalar, Scalar) -> Scalar
  ) throws -> [Scalar] {
    throw Unanswered()
  }

  /// Exercise 6: how many products are added up by a stack of layers on an image of `side` times `side` pixels,
  /// and how many parameters they have. A layer without `channels` is a pooling; convolutions have biases,
  /// which are parameters and no products.
  public static func cost(
    of layers: [(kernel: Int, stride: Int, padding: Int, channels: Int?)], side: Int, channels: Int
  ) throws -> (multiplyAdds: Int, parameters: Int) {
    throw Unanswered()
  }

  /// Exercise 7: hₜ꜀ = Σᵢ xₜ₊ᵢ꜀ tapsᵢ꜀ and yₜₒ = Σ꜀ hₜ꜀ points꜀ₒ on a row of pixels, and the gradients of
  /// `x`, `taps` and `points`, where `gradient` is ∂L/∂y. Channels come last: x is [pixel, channel], taps
  /// [tap, channel], points [channel, output]; there are as many outputs as windows fit.
  public static func separable(
    _ x: [Scalar], channels: Int, taps: [Scalar], points: [Scalar], gradient: [Scalar]
  ) throws -> (output: [Scalar], input: [Scalar], taps: [Scalar], points: [Scalar]) {
    throw Unanswered()
  }
}
