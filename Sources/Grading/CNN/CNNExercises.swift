import KernelSupport

/// The programming exercises of chapter 4.
public protocol CNNExercises: Coursework {
  /// Exercise 1: how many outputs a stack of windows has on a row of pixels, and over how many pixels one
  /// of them reaches.
  static func fieldOfView(
    of windows: [RowWindow], on size: Int
  ) throws -> (outputs: Int, pixels: Int)

  /// Exercise 2: ∂L/∂x of average pooling on a row of pixels, where `gradient` is ∂L/∂y.
  static func averagePoolingBackward(
    _ gradient: [Scalar], size: Int, window: Int, stride: Int, padding: Int, countsPadding: Bool
  ) throws -> [Scalar]

  /// Exercise 3: a column and a row whose product is the kernel, or nil if there are none.
  static func factors(
    of kernel: [Scalar], side: Int
  ) throws -> (column: [Scalar], row: [Scalar])?

  /// Exercise 4: the convolution that equals one without biases and the normalisation after it.
  static func folded(
    weight: [Scalar], mean: [Scalar], variance: [Scalar], epsilon: Scalar, scale: [Scalar],
    shift: [Scalar]
  ) throws -> (weight: [Scalar], bias: [Scalar])

  /// Exercise 5: the gradient of a row's convolution with respect to its three taps, from few products.
  static func tapGradient(
    _ x: [Scalar], gradient: [Scalar], times multiply: (Scalar, Scalar) -> Scalar
  ) throws -> [Scalar]

  /// Exercise 6: the multiply-adds and the parameters of a stack of layers on one square image.
  static func cost(
    of layers: [StackedLayer], side: Int, channels: Int
  ) throws -> (multiplyAdds: Int, parameters: Int)

  /// Exercise 7: a depthwise separable convolution of a row of pixels, and its gradients.
  static func separable(
    _ x: [Scalar], channels: Int, taps: [Scalar], points: [Scalar], gradient: [Scalar]
  ) throws -> (output: [Scalar], input: [Scalar], taps: [Scalar], points: [Scalar])
}

extension CNNExercises {
  /// `cnn`.
  package static var chapter: String { "cnn" }

  /// The seven of chapter 4.
  package static var exercises: [Exercise] {
    [
      fieldExercise, poolingExercise, factorsExercise, foldingExercise, tapExercise, costExercise,
      separableExercise,
    ]
  }
}
