import KernelSupport

extension Naive {
  /// The Kullback–Leibler divergence of the distribution of every row from the standard normal one.
  ///
  ///     rowᵢ = KL(N(μᵢ, e^{ℓᵢ}) ‖ N(0, 1)) = ½ Σⱼ (μᵢⱼ² + e^{ℓᵢⱼ} − ℓᵢⱼ − 1)
  ///
  /// A sum over latent numbers, in nats, and no mean; 0 where μ = ℓ = 0, above 0 elsewhere.
  ///
  /// - Parameters:
  ///   - moments: rows × 2 · latent: in every row `latent` means μ, then as many log-variances ℓ.
  ///   - latent: how many latent numbers there are, at least 1.
  ///   - rows: the result, a number a row.
  ///
  /// Source: Kingma and Welling, 2014, appendix B.
  public static func gaussianDivergence(
    moments: Span<Scalar>, latent: Int, into rows: inout MutableSpan<Scalar>
  ) {
    checkLatent("gaussianDivergence", moments: moments.count, latent: latent, rows.count * latent)
    for i in rows.indices {
      var sum: Scalar = 0
      for j in 0..<latent {
        let mean = moments[2 * i * latent + j]
        let logVariance = moments[(2 * i + 1) * latent + j]
        sum += mean * mean + Scalar.exp(logVariance) - logVariance - 1
      }
      rows[i] = sum / 2
    }
  }

  /// The pullback of `gaussianDivergence`.
  ///
  ///     ∂L/∂μᵢⱼ = ∂L/∂rowᵢ μᵢⱼ,    ∂L/∂ℓᵢⱼ = ∂L/∂rowᵢ ½ (e^{ℓᵢⱼ} − 1)
  ///
  /// - Parameters:
  ///   - moments: as in `gaussianDivergence`.
  ///   - upstream: ∂L/∂row, a number a row.
  ///   - latent: how many latent numbers there are, at least 1.
  ///   - gradient: ∂L/∂moments, rows × 2 · latent.
  ///   - accumulating: whether it is added to what `gradient` holds.
  public static func gaussianDivergenceBackward(
    moments: Span<Scalar>, upstream: Span<Scalar>, latent: Int,
    gradient: inout MutableSpan<Scalar>, accumulating: Bool
  ) {
    checkLatent(
      "gaussianDivergenceBackward", moments: moments.count, latent: latent,
      upstream.count * latent)
    for i in upstream.indices {
      for j in 0..<latent {
        let (mean, logVariance) = (2 * i * latent + j, (2 * i + 1) * latent + j)
        let slope = upstream[i] * moments[mean]
        let spread = upstream[i] * (Scalar.exp(moments[logVariance]) - 1) / 2
        gradient[mean] = accumulating ? gradient[mean] + slope : slope
        gradient[logVariance] = accumulating ? gradient[logVariance] + spread : spread
      }
    }
  }
}

extension Fast {
  /// KL divergences from the standard normal distribution; contract: `Naive.gaussianDivergence`.
  public static func gaussianDivergence(
    moments: Span<Scalar>, latent: Int, into rows: inout MutableSpan<Scalar>
  ) {
    checkLatent("gaussianDivergence", moments: moments.count, latent: latent, rows.count * latent)
    rows.forEachBlock(of: rowsPerBlock(columns: latent)) { first, block in
      for i in block.indices {
        let start = 2 &* (first &+ i) &* latent
        let mean = moments.extracting(start..<start &+ latent)
        let logVariance = moments.extracting(start &+ latent..<start &+ 2 &* latent)
        block[i] =
          sumOfTerms(mean, logVariance) { mean, logVariance in
            mean * mean + (Vector.exp(logVariance) - logVariance - 1)
          } / 2
      }
    }
  }

  /// The pullback of `gaussianDivergence`; contract: `Naive.gaussianDivergenceBackward`.
  public static func gaussianDivergenceBackward(
    moments: Span<Scalar>, upstream: Span<Scalar>, latent: Int,
    gradient: inout MutableSpan<Scalar>, accumulating: Bool
  ) {
    checkLatent(
      "gaussianDivergenceBackward", moments: moments.count, latent: latent,
      upstream.count * latent)
    gradient.forEachBlock(of: rowsPerBlock(columns: latent) * 2 * latent) { start, block in
      var slopes = [Scalar](repeating: 0, count: 2 * latent)
      var first = 0
      while first < block.count {
        let place = start &+ first
        let factor = upstream[place / (2 &* latent)]
        let row = moments.extracting(place..<place &+ 2 &* latent)
        var slope = slopes.mutableSpan
        for j in 0..<2 &* latent { slope[j] = row[j] }
        var spread = slope._mutatingExtracting(latent..<2 &* latent)
        spread.mapVectors { 0.5 * (Vector.exp($0) - 1) }
        for j in 0..<2 &* latent {
          let term = factor * slopes[j]
          block[first &+ j] = accumulating ? block[first &+ j] + term : term
        }
        first &+= 2 &* latent
      }
    }
  }
}
