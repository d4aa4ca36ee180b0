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

extension Fast {
  /// Normalises every channel; contract: `Naive.batchNormalization`.
  public static func batchNormalization(
    _ x: Span<Scalar>, _ channels: ChannelNormalization, adding residual: Span<Scalar>,
    into y: inout MutableSpan<Scalar>
  ) {
    channels.check("Fast.batchNormalization", x.count, y.count, residuals: residual.count)
    let rows = NormalizationRows(channels)
    y.forEachBlock(of: rows.blockLength) { start, block in
      let x = x.extracting(start..<start &+ block.count)
      if residual.isEmpty {
        rows.forEachVector(block.count) { index, lane, isPart in
          let output = rows.output(x.vector(at: index, isPart: isPart), .zero, lane)
          block.store(output, at: index, lanes: block.count &- index, isPart: isPart)
        }
      } else {
        let residual = residual.extracting(start..<start &+ block.count)
        rows.forEachVector(block.count) { index, lane, isPart in
          let output = rows.output(
            x.vector(at: index, isPart: isPart), residual.vector(at: index, isPart: isPart), lane)
          block.store(output, at: index, lanes: block.count &- index, isPart: isPart)
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
    guard !residual.isEmpty else {
      gradient.forEachBlock(of: rows.blockLength) { start, block in
        let x = x.extracting(start..<start &+ block.count)
        rows.forEachVector(block.count) { index, lane, isPart in
          let g = rows.passed(
            block.span.vector(at: index, isPart: isPart), x.vector(at: index, isPart: isPart),
            .zero, lane)
          let change = rows.pulledBack(
            g, x.vector(at: index, isPart: isPart), mean.span.vector(at: lane),
            slope.span.vector(at: lane),
            lane)
          block.store(change, at: index, lanes: block.count &- index, isPart: isPart)
        }
      }
      return
    }
    gradient.forEachBlock(of: rows.blockLength, with: &residualGradient) {
      start, block, residualBlock in
      let x = x.extracting(start..<start &+ block.count)
      let residual = residual.extracting(start..<start &+ block.count)
      rows.forEachVector(block.count) { index, lane, isPart in
        let g = rows.passed(
          block.span.vector(at: index, isPart: isPart), x.vector(at: index, isPart: isPart),
          residual.vector(at: index, isPart: isPart), lane)
        residualBlock.store(g, at: index, lanes: block.count &- index, isPart: isPart)
        let change = rows.pulledBack(
          g, x.vector(at: index, isPart: isPart), mean.span.vector(at: lane),
          slope.span.vector(at: lane),
          lane)
        block.store(change, at: index, lanes: block.count &- index, isPart: isPart)
      }
    }
  }

  /// Σᵢ gᵢ, and Σᵢ gᵢ (xᵢ − μ) in place of the gradient by γ.
  private static func sumGradients(
    _ x: Span<Scalar>, _ rows: NormalizationRows, adding residual: Span<Scalar>,
    _ gradient: Span<Scalar>, scale: inout MutableSpan<Scalar>, shift: inout MutableSpan<Scalar>
  ) {
    let sums = ChannelSums(channels: scale.count, count: x.count)
    var (scales, shifts) = (sums.zeros, sums.zeros)
    var scaleSpan = scales.mutableSpan
    var shiftSpan = shifts.mutableSpan
    scaleSpan.forEachBlock(of: sums.rowLength, with: &shiftSpan) { start, scale, shift in
      let elements = sums.elements(ofBlock: start)
      let x = x.extracting(elements)
      let gradient = gradient.extracting(elements)
      if residual.isEmpty {
        sums.add(x.count, into: &shift) { index, lane, isPart in
          rows.passed(
            gradient.vector(at: index, isPart: isPart), x.vector(at: index, isPart: isPart), .zero,
            lane)
        }
        sums.add(x.count, into: &scale) { index, lane, isPart in
          rows.passed(
            gradient.vector(at: index, isPart: isPart), x.vector(at: index, isPart: isPart), .zero,
            lane)
            * rows.centred(x.vector(at: index, isPart: isPart), lane)
        }
      } else {
        let residual = residual.extracting(elements)
        sums.add(x.count, into: &shift) { index, lane, isPart in
          rows.passed(
            gradient.vector(at: index, isPart: isPart), x.vector(at: index, isPart: isPart),
            residual.vector(at: index, isPart: isPart), lane)
        }
        sums.add(x.count, into: &scale) { index, lane, isPart in
          rows.passed(
            gradient.vector(at: index, isPart: isPart), x.vector(at: index, isPart: isPart),
            residual.vector(at: index, isPart: isPart), lane)
            * rows.centred(x.vector(at: index, isPart: isPart), lane)
        }
      }
    }
    for c in scale.indices {
      scale[c] = Scalar(sums.total(c) { index, _ in Double(scales[index]) })
      shift[c] = Scalar(sums.total(c) { index, _ in Double(shifts[index]) })
    }
  }
}

/// The numbers of every channel, as often as fills a row of whole vectors.
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
    var length = channels.channels
    while !length.isMultiple(of: Vector.scalarCount) { length *= 2 }
    length *= (256 + length - 1) / length
    self.length = length
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

  /// Calls `body` for every eight elements of a block, the last of which may be fewer, with the place of
  /// the first one in its row.
  @inline(__always)
  func forEachVector(_ count: Int, _ body: (_ index: Int, _ lane: Int, _ isPart: Bool) -> Void) {
    for row in stride(from: 0, to: count, by: length) {
      CNN.forEachVector(of: min(length, count &- row)) { lane, isPart in
        body(row &+ lane, lane, isPart)
      }
    }
  }

  /// x − μ.
  @inline(__always)
  func centred(_ x: Vector, _ lane: Int) -> Vector { x - mean.span.vector(at: lane) }

  /// The output before it is rectified.
  @inline(__always)
  func sum(_ x: Vector, _ residual: Vector, _ lane: Int) -> Vector {
    shift.span.vector(at: lane).addingProduct(centred(x, lane), slope.span.vector(at: lane))
      + residual
  }

  /// The output.
  @inline(__always)
  func output(_ x: Vector, _ residual: Vector, _ lane: Int) -> Vector {
    let sum = sum(x, residual, lane)
    return sum.replacing(with: floor, where: sum .< floor)
  }

  /// The gradient of those outputs that were not rectified.
  @inline(__always)
  func passed(_ gradient: Vector, _ x: Vector, _ residual: Vector, _ lane: Int) -> Vector {
    gradient.replacing(with: 0, where: sum(x, residual, lane) .<= floor)
  }

  /// γ/σ (g − mean − slope (x − μ)).
  @inline(__always)
  func pulledBack(
    _ gradient: Vector, _ x: Vector, _ mean: Vector, _ slope: Vector, _ lane: Int
  ) -> Vector {
    self.slope.span.vector(at: lane) * (gradient - mean).addingProduct(-slope, centred(x, lane))
  }
}
