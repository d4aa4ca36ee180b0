import CNN
import KernelSupport

/// Pooling and batch normalisation: moving their elements takes longer than their arithmetic.
extension KernelCase {
  static var pooling: [KernelCase] {
    [
      (64, 26, 26, 32, Window(2, stride: 2)), (64, 11, 11, 64, Window(2, stride: 2)),
      (8, 112, 112, 64, Window(3, stride: 2, padding: .all(1))),
    ].flatMap { batch, height, width, channels, window in
      poolings(
        PoolingShape(
          ImageShape(batch: batch, height: height, width: width, channels: channels), window))
    } + globalPoolings(ImageShape(batch: 64, height: 7, width: 7, channels: 64))
  }

  static var normalization: [KernelCase] {
    [(64, 28, 28, 16), (8, 56, 56, 64)].flatMap { batch, height, width, channels in
      normalizations(
        ImageShape(batch: batch, height: height, width: width, channels: channels))
    }
  }

  /// Both kinds of pooling, forward and backward.
  private static func poolings(_ shape: PoolingShape) -> [KernelCase] {
    let window = shape.geometry.window
    let (inputs, outputs) = (shape.input.count, shape.output.count)
    let text = "\(shape.input.title)-\(window.size.height)x\(window.size.width)"
    return [
      filling("maxPooling", text, outputs, from: [inputs]) {
        $0.pooling.maxPooling($1, into: &$3, shape)
      },
      filling("maxPoolingBackward", text, inputs, from: [inputs, outputs]) {
        $0.pooling.maxPoolingBackward(
          $1, $2, into: &$3, shape, accumulating: false)
      },
      filling("averagePooling", text, outputs, from: [inputs]) {
        $0.pooling.averagePooling($1, into: &$3, shape, countsPadding: false)
      },
      filling("averagePoolingBackward", text, inputs, from: [outputs]) {
        $0.pooling.averagePoolingBackward(
          $1, into: &$3, shape, countsPadding: false, accumulating: false)
      },
    ]
  }

  private static func globalPoolings(_ images: ImageShape) -> [KernelCase] {
    let means = images.batch * images.channels
    return [
      filling("globalAveragePooling", images.title, means, from: [images.count]) {
        $0.pooling.globalAveragePooling($1, into: &$3, images)
      },
      filling("globalAveragePoolingBackward", images.title, images.count, from: [means]) {
        $0.pooling.globalAveragePoolingBackward(
          $1, into: &$3, images, accumulating: false)
      },
    ]
  }

  /// Training: moments, rectified outputs with a residual and without, and all gradients.
  private static func normalizations(_ images: ImageShape) -> [KernelCase] {
    let (count, channels) = (images.count, images.channels)
    let normalization = ChannelNormalization(
      mean: numbers(channels, stream: 3), variance: numbers(channels, in: 0.5..<1, stream: 4),
      epsilon: 1e-5, scale: numbers(channels, stream: 5), shift: numbers(channels, stream: 6),
      isRectified: true)
    return [
      filling("channelMoments", images.title, channels, from: [count]) { kernels, x, _, mean in
        var variance = [Scalar](repeating: 0, count: channels)
        var span = variance.mutableSpan
        kernels.normalization.channelMoments(x, mean: &mean, variance: &span)
      },
      filling("batchNormalization", images.title, count, from: [count]) {
        $0.normalization.batchNormalization($1, normalization, adding: $2, into: &$3)
      },
      filling("batchNormalizationWithResidual", images.title, count, from: [count, count]) {
        $0.normalization.batchNormalization(
          $1, normalization, adding: $2, into: &$3)
      },
      batchNormalizationBackward(images, normalization, residualCount: 0),
      batchNormalizationBackward(images, normalization, residualCount: count),
    ]
  }

  /// Reads the input and the gradient twice, for the sums and for the result, and the residual too.
  private static func batchNormalizationBackward(
    _ images: ImageShape, _ normalization: ChannelNormalization, residualCount: Int
  ) -> KernelCase {
    KernelCase(
      kernel: "batchNormalization\(residualCount > 0 ? "WithResidual" : "")Backward",
      shape: images.title,
      cost: .memory(.read, elements: 5 * images.count + 3 * residualCount)
    ) {
      let x = numbers(images.count)
      let residual = numbers(residualCount, stream: 7)
      let channels = [Scalar](repeating: 0, count: images.channels)
      return KernelTrial(
        changing: [
          numbers(images.count, stream: 2), residual, channels, channels,
        ],
        tolerance: Tolerance.mean(
          of: images.count / images.channels, magnitude: Scalar(images.count / images.channels))
      ) { kernels, arrays in
        var (shift, scale) = (arrays.removeLast(), arrays.removeLast())
        var (residualGradient, gradient) = (arrays.removeLast(), arrays.removeLast())
        var shiftSpan = shift.mutableSpan
        var scaleSpan = scale.mutableSpan
        var residualSpan = residualGradient.mutableSpan
        var span = gradient.mutableSpan
        kernels.normalization.batchNormalizationBackward(
          x.span, normalization, adding: residual.span, ofBatch: true, gradient: &span,
          residualGradient: &residualSpan, scaleGradient: &scaleSpan, shiftGradient: &shiftSpan)
        arrays = [gradient, residualGradient, scale, shift]
      }
    }
  }

  /// A kernel that fills an array from others, reading and writing each element once.
  ///
  /// - Parameters:
  ///   - kernel: its name.
  ///   - shape: the sizes, as the table shows them.
  ///   - count: the elements of the result: sums of a few terms, or means.
  ///   - inputs: the elements of its input, or of both.
  ///   - body: runs it.
  private static func filling(
    _ kernel: String, _ shape: String, _ count: Int, from inputs: [Int],
    _ body:
      @escaping (
        _ kernels: Backend, _ x: Span<Scalar>, _ y: Span<Scalar>,
        _ result: inout MutableSpan<Scalar>
      ) -> Void
  ) -> KernelCase {
    KernelCase(
      kernel: kernel, shape: shape, cost: .memory(.read, elements: inputs.reduce(count, +))
    ) {
      let x = numbers(inputs[0])
      let y = inputs.count > 1 ? numbers(inputs[1], stream: 2) : []
      var trial = KernelTrial(
        changing: numbers(count, stream: 9),
        tolerance: Tolerance.rounding(magnitude: 8)
      ) { kernels, result in body(kernels, x.span, y.span, &result) }
      trial.overwrites = true
      return trial
    }
  }
}
