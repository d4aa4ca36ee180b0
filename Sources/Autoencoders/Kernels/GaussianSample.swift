import KernelSupport

extension Naive {
  /// Draws latent numbers from rows of moments, by noise that is given.
  ///
  ///     zᵢⱼ = μᵢⱼ + e^{ℓᵢⱼ / 2} εᵢⱼ
  ///
  /// - Parameters:
  ///   - moments: rows × 2 · latent: in every row `latent` means μ, then as many log-variances ℓ.
  ///   - noise: ε, rows × latent, from the standard normal distribution.
  ///   - latent: how many latent numbers there are, at least 1.
  ///   - z: the result, rows × latent.
  ///
  /// Source: Kingma and Welling, "Auto-Encoding Variational Bayes", ICLR 2014, section 2.4.
  public static func gaussianSample(
    moments: Span<Scalar>, noise: Span<Scalar>, latent: Int, into z: inout MutableSpan<Scalar>
  ) {
    checkLatent("gaussianSample", moments: moments.count, latent: latent, noise.count, z.count)
    for i in 0..<z.count / latent {
      for j in 0..<latent {
        let mean = moments[2 * i * latent + j]
        let logVariance = moments[(2 * i + 1) * latent + j]
        z[i * latent + j] = mean + Scalar.exp(logVariance / 2) * noise[i * latent + j]
      }
    }
  }

  /// The pullback of `gaussianSample`; the noise is a constant.
  ///
  ///     ∂L/∂μᵢⱼ = ∂L/∂zᵢⱼ,    ∂L/∂ℓᵢⱼ = ∂L/∂zᵢⱼ · ½ e^{ℓᵢⱼ / 2} εᵢⱼ
  ///
  /// - Parameters:
  ///   - moments: as in `gaussianSample`.
  ///   - noise: as in `gaussianSample`.
  ///   - upstream: ∂L/∂z, rows × latent.
  ///   - latent: how many latent numbers there are, at least 1.
  ///   - gradient: ∂L/∂moments, rows × 2 · latent.
  ///   - accumulating: whether it is added to what `gradient` holds.
  public static func gaussianSampleBackward(
    moments: Span<Scalar>, noise: Span<Scalar>, upstream: Span<Scalar>, latent: Int,
    gradient: inout MutableSpan<Scalar>, accumulating: Bool
  ) {
    checkLatent(
      "gaussianSampleBackward", moments: moments.count, latent: latent, noise.count,
      upstream.count)
    for i in 0..<upstream.count / latent {
      for j in 0..<latent {
        let (mean, logVariance) = (2 * i * latent + j, (2 * i + 1) * latent + j)
        let slope = upstream[i * latent + j]
        let spread = slope * Scalar.exp(moments[logVariance] / 2) * noise[i * latent + j] / 2
        gradient[mean] = accumulating ? gradient[mean] + slope : slope
        gradient[logVariance] = accumulating ? gradient[logVariance] + spread : spread
      }
    }
  }
}

/// Rows of means and of log-variances are taken apart, and eight exponentials are computed at once. A
/// batch's latent numbers are few, so there is nothing for a second thread below some thousand rows.
extension Fast {
  /// Draws latent numbers; contract: `Naive.gaussianSample`.
  public static func gaussianSample(
    moments: Span<Scalar>, noise: Span<Scalar>, latent: Int, into z: inout MutableSpan<Scalar>
  ) {
    checkLatent("gaussianSample", moments: moments.count, latent: latent, noise.count, z.count)
    z.forEachBlock(of: rowsPerBlock(columns: latent) * latent) { start, block in
      var first = 0
      while first < block.count {
        let place = start &+ first
        let mean = moments.extracting(2 &* place..<2 &* place &+ latent)
        let logVariance = moments.extracting(2 &* place &+ latent..<2 &* (place &+ latent))
        var row = block._mutatingExtracting(first..<first &+ latent)
        for j in 0..<latent { row[j] = logVariance[j] }
        let noise = noise.extracting(place..<place &+ latent)
        row.combineVectors(with: noise) { logVariance, noise in
          Vector.exp(0.5 * logVariance) * noise
        }
        for j in 0..<latent { row[j] += mean[j] }
        first &+= latent
      }
    }
  }

  /// The pullback of `gaussianSample`; contract: `Naive.gaussianSampleBackward`.
  public static func gaussianSampleBackward(
    moments: Span<Scalar>, noise: Span<Scalar>, upstream: Span<Scalar>, latent: Int,
    gradient: inout MutableSpan<Scalar>, accumulating: Bool
  ) {
    checkLatent(
      "gaussianSampleBackward", moments: moments.count, latent: latent, noise.count,
      upstream.count)
    gradient.forEachBlock(of: rowsPerBlock(columns: latent) * 2 * latent) { start, block in
      var spread = [Scalar](repeating: 0, count: latent)
      var first = 0
      while first < block.count {
        let place = (start &+ first) / 2
        let logVariance = moments.extracting(2 &* place &+ latent..<2 &* (place &+ latent))
        let noise = noise.extracting(place..<place &+ latent)
        let upstream = upstream.extracting(place..<place &+ latent)
        var slopes = spread.mutableSpan
        for j in 0..<latent { slopes[j] = logVariance[j] }
        slopes.mapVectors { 0.5 * Vector.exp(0.5 * $0) }
        for j in 0..<latent {
          let slope = upstream[j]
          let spread = slope * slopes[j] * noise[j]
          let (mean, logVariance) = (first &+ j, first &+ latent &+ j)
          block[mean] = accumulating ? block[mean] + slope : slope
          block[logVariance] = accumulating ? block[logVariance] + spread : spread
        }
        first &+= 2 &* latent
      }
    }
  }
}
