import KernelSupport
import Perceptrons

extension Naive {
  /// The log-likelihood of every row of pixels, each an independent yes or no whose logit is given.
  ///
  ///     rowᵢ = Σⱼ (tᵢⱼ ln σ(xᵢⱼ) + (1 − tᵢⱼ) ln(1 − σ(xᵢⱼ)))
  ///          = Σⱼ (xᵢⱼ tᵢⱼ − max(xᵢⱼ, 0) − ln(1 + e^{−|xᵢⱼ|}))
  ///
  /// A sum over pixels, in nats, and no mean: it has to be weighed against a sum over latent numbers.
  ///
  /// - Parameters:
  ///   - logits: x, rows × columns.
  ///   - target: t, as many elements; the result is a likelihood only where each is 0 or 1.
  ///   - rows: the result, a number a row.
  public static func bernoulliLogLikelihood(
    logits: Span<Scalar>, _ target: Span<Scalar>, into rows: inout MutableSpan<Scalar>
  ) {
    let columns = checkPixels("bernoulliLogLikelihood", logits.count, target.count, rows.count)
    for i in rows.indices {
      var sum: Scalar = 0
      for index in i * columns..<(i + 1) * columns {
        let x = logits[index]
        sum += x * target[index] - max(x, 0) - Scalar.logOnePlus(Scalar.exp(-abs(x)))
      }
      rows[i] = sum
    }
  }

  /// The pullback of `bernoulliLogLikelihood`: the pixel minus its probability.
  ///
  ///     ∂L/∂xᵢⱼ = ∂L/∂rowᵢ (tᵢⱼ − σ(xᵢⱼ))
  ///
  /// - Parameters:
  ///   - target: t, rows × columns.
  ///   - upstream: ∂L/∂row, a number a row.
  ///   - gradient: x on entry, ∂L/∂x on return, rows × columns.
  public static func bernoulliLogLikelihoodBackward(
    target: Span<Scalar>, upstream: Span<Scalar>, gradient: inout MutableSpan<Scalar>
  ) {
    let columns = checkPixels(
      "bernoulliLogLikelihoodBackward", gradient.count, target.count, upstream.count)
    for i in upstream.indices {
      for index in i * columns..<(i + 1) * columns {
        let probability = 1 / (1 + Scalar.exp(-gradient[index]))
        gradient[index] = upstream[i] * (target[index] - probability)
      }
    }
  }

  /// The softplus of biased and scaled sums, added up along every row.
  ///
  ///     rowᵢ = Σⱼ ln(1 + e^{scale · (sumᵢⱼ + biasⱼ)})
  ///
  /// It is what a Boltzmann machine's units add to its free energy when they are summed out.
  ///
  /// - Parameters:
  ///   - sums: rows × columns.
  ///   - bias: a row of columns.
  ///   - scale: an inverse temperature; 1 in the machine itself.
  ///   - rows: the result, a number a row.
  public static func softplusSums(
    _ sums: Span<Scalar>, bias: Span<Scalar>, scale: Scalar, into rows: inout MutableSpan<Scalar>
  ) {
    let columns = columnCount("softplusSums", sums.count, rows: rows.count)
    precondition(
      rows.isEmpty || columns == bias.count,
      "softplusSums: rows of \(columns) and a bias of \(bias.count)")
    for i in rows.indices {
      var sum: Scalar = 0
      for j in 0..<columns {
        let x = scale * (sums[i * columns + j] + bias[j])
        sum += max(x, 0) + Scalar.logOnePlus(Scalar.exp(-abs(x)))
      }
      rows[i] = sum
    }
  }
}

/// Stops the program unless there are as many pixels as logits, in whole rows.
private func checkPixels(_ operation: String, _ logits: Int, _ target: Int, _ rows: Int) -> Int {
  precondition(logits == target, "\(operation): \(target) pixels for \(logits) logits")
  return columnCount(operation, logits, rows: rows)
}

/// One exponential and one logarithm a pixel, eight pixels at a time; threads share the rows.
extension Fast {
  /// The log-likelihood of every row; contract: `Naive.bernoulliLogLikelihood`.
  public static func bernoulliLogLikelihood(
    logits: Span<Scalar>, _ target: Span<Scalar>, into rows: inout MutableSpan<Scalar>
  ) {
    let columns = checkPixels("bernoulliLogLikelihood", logits.count, target.count, rows.count)
    rows.forEachBlock(of: rowsPerBlock(columns: columns)) { first, block in
      for i in block.indices {
        let row = (first &+ i) &* columns..<(first &+ i &+ 1) &* columns
        block[i] = sumOfTerms(logits.extracting(row), target.extracting(row)) { x, t in
          x * t - softplus(x)
        }
      }
    }
  }

  /// The pullback of `bernoulliLogLikelihood`; contract: `Naive.bernoulliLogLikelihoodBackward`.
  public static func bernoulliLogLikelihoodBackward(
    target: Span<Scalar>, upstream: Span<Scalar>, gradient: inout MutableSpan<Scalar>
  ) {
    let columns = checkPixels(
      "bernoulliLogLikelihoodBackward", gradient.count, target.count, upstream.count)
    guard columns > 0 else { return }
    gradient.forEachBlock(of: rowsPerBlock(columns: columns) * columns) { start, block in
      var first = 0
      while first < block.count {
        let factor = upstream[(start &+ first) / columns]
        let target = target.extracting(start &+ first..<start &+ first &+ columns)
        var row = block._mutatingExtracting(first..<first &+ columns)
        row.combineVectors(with: target) { x, t in factor * (t - 1 / (1 + Vector.exp(-x))) }
        first &+= columns
      }
    }
  }

  /// Σ ln(1 + eˣ) of every row; contract: `Naive.softplusSums`.
  public static func softplusSums(
    _ sums: Span<Scalar>, bias: Span<Scalar>, scale: Scalar, into rows: inout MutableSpan<Scalar>
  ) {
    let columns = columnCount("softplusSums", sums.count, rows: rows.count)
    precondition(
      rows.isEmpty || columns == bias.count,
      "softplusSums: rows of \(columns) and a bias of \(bias.count)")
    rows.forEachBlock(of: rowsPerBlock(columns: columns)) { first, block in
      for i in block.indices {
        let row = (first &+ i) &* columns..<(first &+ i &+ 1) &* columns
        block[i] = sumOfTerms(sums.extracting(row), bias) { sum, bias in
          softplus(scale * (sum + bias))
        }
      }
    }
  }

  /// ln(1 + eˣ) in every lane, without overflow.
  @inline(__always)
  private static func softplus(_ x: Vector) -> Vector {
    let positive = x.replacing(with: 0, where: x .< 0)
    let magnitude = positive + positive - x
    return positive + Vector.logOnePlus(Vector.exp(-magnitude))
  }
}
