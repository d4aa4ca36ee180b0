import KernelSupport

extension Naive {
  /// Normalises every channel, and may add a residual and rectify the sum.
  ///
  ///     y[i, c] = γ[c] (x[i, c] − μ[c]) / σ[c] + β[c] (+ residual[i, c])
  ///     y[i, c] ← max(y[i, c], 0), where `channels.isRectified`
  ///
  /// In training μ and σ² + ε are those of the batch, from `channelMoments`; afterwards they are running
  /// means of those.
  ///
  /// - Parameters:
  ///   - x: n × channels, row-major: the pixels of all images.
  ///   - channels: what happens to every channel.
  ///   - residual: as many elements as x, or none.
  ///   - y: the result, as many elements as x.
  ///
  /// All about it on one page: `Chapters/Guides/BatchNormalization.md`.
  ///
  /// Source: Ioffe and Szegedy, "Batch Normalization: Accelerating Deep Network Training by Reducing Internal
  /// Covariate Shift", ICML 2015, algorithm 1; the residual: He, Zhang, Ren and Sun, "Deep Residual Learning
  /// for Image Recognition", CVPR 2016, figure 2.
  public static func batchNormalization(
    _ x: Span<Scalar>, _ channels: ChannelNormalization, adding residual: Span<Scalar>,
    into y: inout MutableSpan<Scalar>
  ) {
    channels.check("Naive.batchNormalization", x.count, y.count, residuals: residual.count)
    for i in x.indices {
      let sum = channels.normalized(x[i], i) + (residual.isEmpty ? 0 : residual[i])
      y[i] = channels.isRectified && sum < 0 ? 0 : sum
    }
  }

  /// The pullback of `batchNormalization`.
  ///
  /// With x̂ = (x − μ) / σ, and g = ∂L/∂y where the rectifier let y pass, otherwise 0:
  ///
  ///     ∂L/∂residual = g
  ///     ∂L/∂β = Σᵢ gᵢ
  ///     ∂L/∂γ = Σᵢ gᵢ x̂ᵢ
  ///     ∂L/∂xᵢ = γ/σ (gᵢ − 1/n ∂L/∂β − x̂ᵢ/n ∂L/∂γ)   if μ and σ are those of the batch
  ///     ∂L/∂xᵢ = γ/σ gᵢ                              if they are constants
  ///
  /// The two terms that a batch subtracts are how an element changes the mean and the deviation.
  ///
  /// - Parameters:
  ///   - x: n × channels, row-major.
  ///   - channels: what happened to every channel.
  ///   - residual: as many elements as x, or none: with x it tells which outputs were rectified.
  ///   - ofBatch: whether mean and deviation are those of x.
  ///   - gradient: ∂L/∂y on entry, ∂L/∂x on return, as many elements as x.
  ///   - residualGradient: ∂L/∂residual, as many elements as the residual.
  ///   - scaleGradient: ∂L/∂γ, one number a channel.
  ///   - shiftGradient: ∂L/∂β, one number a channel.
  ///
  /// Source: Ioffe and Szegedy, 2015, section 3.
  public static func batchNormalizationBackward(
    _ x: Span<Scalar>, _ channels: ChannelNormalization, adding residual: Span<Scalar>,
    ofBatch: Bool, gradient: inout MutableSpan<Scalar>,
    residualGradient: inout MutableSpan<Scalar>, scaleGradient: inout MutableSpan<Scalar>,
    shiftGradient: inout MutableSpan<Scalar>
  ) {
    channels.check(
      "Naive.batchNormalizationBackward", x.count, gradient.count, residuals: residual.count)
    channels.checkGradients(
      "Naive.batchNormalizationBackward", residual.count, residualGradient.count,
      scaleGradient.count, shiftGradient.count)
    let rows = Scalar(x.count / channels.channels)
    scaleGradient.update(repeating: 0)
    shiftGradient.update(repeating: 0)
    for i in x.indices {
      let c = i % channels.channels
      let sum = channels.normalized(x[i], i) + (residual.isEmpty ? 0 : residual[i])
      if channels.isRectified && sum <= 0 { gradient[i] = 0 }
      if !residual.isEmpty { residualGradient[i] = gradient[i] }
      shiftGradient[c] += gradient[i]
      scaleGradient[c] += gradient[i] * (x[i] - channels.mean[c]) * channels.inverseDeviation[c]
    }
    for i in x.indices {
      let c = i % channels.channels
      if ofBatch {
        let normal = (x[i] - channels.mean[c]) * channels.inverseDeviation[c]
        gradient[i] -= shiftGradient[c] / rows + normal * scaleGradient[c] / rows
      }
      gradient[i] *= channels.scale[c] * channels.inverseDeviation[c]
    }
  }
}

extension ChannelNormalization {
  /// γ (x − μ) / σ + β for element i of rows of channels.
  fileprivate func normalized(_ x: Scalar, _ i: Int) -> Scalar {
    let c = i % channels
    return scale[c] * ((x - mean[c]) * inverseDeviation[c]) + shift[c]
  }

  fileprivate func checkGradients(
    _ operation: String, _ residuals: Int, _ residualGradients: Int, _ scales: Int, _ shifts: Int
  ) {
    precondition(
      residualGradients == residuals,
      "\(operation): \(residualGradients) gradients for a residual of \(residuals) elements")
    precondition(
      scales == channels && shifts == channels,
      "\(operation): \(scales) gradients of scales and \(shifts) of shifts for \(channels) channels"
    )
  }
}

/// From the definition to the fast kernel, one thread, 64 images of 28×28×16, rectified, forward and backward:
///
/// 1. The definition: every element asks for its channel's numbers.     2.2 and 7.1 ms
/// 2. The numbers of all channels, repeated to a row of at least 256,
///    lie beside the elements: long loops, in vectors.                  0.28 and 0.65 ms
///
/// That is 23 and 24 GB/s, nine tenths of what the memory gives. So nothing is stored that can be computed
/// again: which outputs were rectified follows from the input, and with a residual from both. Rectifier
/// and residual in passes of their own would read and write everything once more each.
extension Fast {
  /// Normalises every channel; contract: `Naive.batchNormalization`.
  public static func batchNormalization(
    _ x: Span<Scalar>, _ channels: ChannelNormalization, adding residual: Span<Scalar>,
    into y: inout MutableSpan<Scalar>
  ) {
    channels.check("Fast.batchNormalization", x.count, y.count, residuals: residual.count)
    let rows = NormalizationRows(channels)
    y.forEachBlock(of: rows.blockLength) { start, block in
      let (mean, slope, shift) = (rows.mean.span, rows.slope.span, rows.shift.span)
      for first in stride(from: 0, to: block.count, by: rows.length) {
        let count = min(rows.length, block.count &- first)
        let x = x.extracting(start &+ first..<start &+ first &+ count)
        if residual.isEmpty {
          for j in 0..<count {
            let sum = shift[j].addingProduct(x[j] - mean[j], slope[j])
            block[first &+ j] = sum < rows.floor ? rows.floor : sum
          }
        } else {
          let residual = residual.extracting(start &+ first..<start &+ first &+ count)
          for j in 0..<count {
            let sum = shift[j].addingProduct(x[j] - mean[j], slope[j]) + residual[j]
            block[first &+ j] = sum < rows.floor ? rows.floor : sum
          }
        }
      }
    }
  }

  /// The pullback of `batchNormalization`; contract: `Naive.batchNormalizationBackward`.
  public static func batchNormalizationBackward(
    _ x: Span<Scalar>, _ channels: ChannelNormalization, adding residual: Span<Scalar>,
    ofBatch: Bool, gradient: inout MutableSpan<Scalar>,
    residualGradient: inout MutableSpan<Scalar>, scaleGradient: inout MutableSpan<Scalar>,
    shiftGradient: inout MutableSpan<Scalar>
  ) {
    channels.check(
      "Fast.batchNormalizationBackward", x.count, gradient.count, residuals: residual.count)
    channels.checkGradients(
      "Fast.batchNormalizationBackward", residual.count, residualGradient.count,
      scaleGradient.count, shiftGradient.count)
    let rows = NormalizationRows(channels)
    sumGradients(
      x, rows, adding: residual, gradient.span, scale: &scaleGradient, shift: &shiftGradient)
    for c in scaleGradient.indices { scaleGradient[c] *= channels.inverseDeviation[c] }
    let share = ofBatch && !x.isEmpty ? Scalar(channels.channels) / Scalar(x.count) : 0
    let mean = rows.repeated(shiftGradient.indices.map { share * shiftGradient[$0] })
    let slope = rows.repeated(
      scaleGradient.indices.map { share * scaleGradient[$0] * channels.inverseDeviation[$0] })
    if residual.isEmpty {
      gradient.forEachBlock(of: rows.blockLength) { start, block in
        let (means, mean, slope) = (rows.mean.span, mean.span, slope.span)
        let (scale, shift) = (rows.slope.span, rows.shift.span)
        for first in stride(from: 0, to: block.count, by: rows.length) {
          let count = min(rows.length, block.count &- first)
          let x = x.extracting(start &+ first..<start &+ first &+ count)
          for j in 0..<count {
            let centred = x[j] - means[j]
            let sum = shift[j].addingProduct(centred, scale[j])
            let upstream = block[first &+ j]
            let g = sum <= rows.floor ? 0 : upstream
            block[first &+ j] = scale[j] * (g - mean[j]).addingProduct(-slope[j], centred)
          }
        }
      }
    } else {
      gradient.forEachBlock(of: rows.blockLength, with: &residualGradient) {
        start, block, residualBlock in
        let (means, mean, slope) = (rows.mean.span, mean.span, slope.span)
        let (scale, shift) = (rows.slope.span, rows.shift.span)
        for first in stride(from: 0, to: block.count, by: rows.length) {
          let count = min(rows.length, block.count &- first)
          let x = x.extracting(start &+ first..<start &+ first &+ count)
          let residual = residual.extracting(start &+ first..<start &+ first &+ count)
          for j in 0..<count {
            let centred = x[j] - means[j]
            let sum = shift[j].addingProduct(centred, scale[j]) + residual[j]
            let upstream = block[first &+ j]
            let g = sum <= rows.floor ? 0 : upstream
            residualBlock[first &+ j] = g
            block[first &+ j] = scale[j] * (g - mean[j]).addingProduct(-slope[j], centred)
          }
        }
      }
    }
  }

  /// Σᵢ gᵢ, and Σᵢ gᵢ (xᵢ − μ) in place of the gradient with respect to γ.
  private static func sumGradients(
    _ x: Span<Scalar>, _ rows: NormalizationRows, adding residual: Span<Scalar>,
    _ gradient: Span<Scalar>, scale: inout MutableSpan<Scalar>, shift: inout MutableSpan<Scalar>
  ) {
    let sums = ChannelSums(channels: scale.count, count: x.count)
    var (scales, shifts) = (sums.zeros, sums.zeros)
    var scaleSpan = scales.mutableSpan
    var shiftSpan = shifts.mutableSpan
    scaleSpan.forEachBlock(of: sums.rowLength, with: &shiftSpan) { start, scaleSums, shiftSums in
      let (means, scale, shift) = (rows.mean.span, rows.slope.span, rows.shift.span)
      let elements = sums.elements(ofBlock: start)
      for first in stride(from: elements.lowerBound, to: elements.upperBound, by: rows.length) {
        let row = first..<min(first &+ rows.length, elements.upperBound)
        let (x, gradient) = (x.extracting(row), gradient.extracting(row))
        if residual.isEmpty {
          for j in 0..<row.count {
            let centred = x[j] - means[j]
            let sum = shift[j].addingProduct(centred, scale[j])
            let upstream = gradient[j]
            let g = sum <= rows.floor ? 0 : upstream
            shiftSums[j] += g
            scaleSums[j].addProduct(g, centred)
          }
        } else {
          let residual = residual.extracting(row)
          for j in 0..<row.count {
            let centred = x[j] - means[j]
            let sum = shift[j].addingProduct(centred, scale[j]) + residual[j]
            let upstream = gradient[j]
            let g = sum <= rows.floor ? 0 : upstream
            shiftSums[j] += g
            scaleSums[j].addProduct(g, centred)
          }
        }
      }
      sums.fold(&scaleSums)
      sums.fold(&shiftSums)
    }
    for c in scale.indices {
      scale[c] = Scalar(sums.total(c) { index, _ in Double(scales[index]) })
      shift[c] = Scalar(sums.total(c) { index, _ in Double(shifts[index]) })
    }
  }
}

/// The numbers of every channel, as often as fills a long row.
private struct NormalizationRows: Sendable {
  let mean: [Scalar]
  /// γ/σ.
  let slope: [Scalar]
  let shift: [Scalar]
  /// What outputs are not below: −∞ where they are not rectified.
  let floor: Scalar
  /// The elements of a row.
  let length: Int

  init(_ channels: ChannelNormalization) {
    length = ChannelSums.rowLength(channels: channels.channels)
    mean = Self.repeated(channels.mean, length)
    slope = Self.repeated(zip(channels.scale, channels.inverseDeviation).map { $0 * $1 }, length)
    shift = Self.repeated(channels.shift, length)
    floor = channels.isRectified ? 0 : -.infinity
  }

  /// One number a channel, as often as fills a row.
  func repeated(_ numbers: [Scalar]) -> [Scalar] { Self.repeated(numbers, length) }

  private static func repeated(_ numbers: [Scalar], _ length: Int) -> [Scalar] {
    (0..<length).map { numbers[$0 % numbers.count] }
  }

  /// The elements that a thread takes at a time: whole rows.
  var blockLength: Int { length * max(1, 32_768 / length) }
}
