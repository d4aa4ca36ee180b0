import KernelSupport

extension Naive {
  /// A gated recurrent unit, its reset gate applied after the product.
  ///
  ///     for t in 0..<time {
  ///       s = h[n, t − 1] U                                     three sums a unit: r, z, n
  ///       r = σ(z_r + s_r),   z = σ(z_z + s_z),   a = s_n + recurrentBias
  ///       n = tanh(z_n + r ⊙ a)
  ///       h[n, t] = (1 − z) ⊙ n + z ⊙ h[n, t − 1]
  ///     }
  ///
  /// The gates lie in PyTorch's order: reset r, update z, candidate n. That the reset gate comes after the
  /// product lets one product serve all three; the candidate's recurrent part then needs a bias of its own.
  /// A step beyond a sequence's length carries h through.
  ///
  /// - Parameters:
  ///   - gates: x W + b, [batch, time, 3 · units], on entry; r, z and n on return, 0 where a sequence is over.
  ///   - weight: U, [units, 3 · units].
  ///   - recurrentBias: the bias within the reset gate's reach, [units].
  ///   - initialHidden: h before the first step, [batch, units].
  ///   - hidden: h on return, [batch, time, units].
  ///   - candidateSums: a on return, [batch, time, units]; the backward pass needs it.
  ///   - shape: the sizes.
  ///
  /// Source: Cho et al., "Learning Phrase Representations using RNN Encoder–Decoder", EMNLP 2014, equations
  /// 5 to 8, whose reset gate comes before the product; this form is cuDNN's and PyTorch's.
  public static func gru(
    _ gates: inout MutableSpan<Scalar>, _ weight: Span<Scalar>, recurrentBias: Span<Scalar>,
    initialHidden: Span<Scalar>, hidden: inout MutableSpan<Scalar>,
    candidateSums: inout MutableSpan<Scalar>, _ shape: RecurrentShape
  ) {
    shape.check(
      "Naive.gru", gates: 3, sums: gates.count, weight: weight.count,
      sequences: [hidden.count, candidateSums.count], states: [initialHidden.count])
    let units = shape.units
    for n in 0..<shape.batch {
      var h = (0..<units).map { initialHidden[n * units + $0] }
      for t in 0..<shape.time {
        let (start, own) = (shape.start(n, t, 3 * units), shape.start(n, t, units))
        let sums = (0..<3 * units).map { column in
          var sum: Scalar = 0
          for k in 0..<units { sum += h[k] * weight[k * 3 * units + column] }
          return sum
        }
        let isWithin = shape.isWithin(n, t)
        for j in 0..<units {
          let r = 1 / (1 + Scalar.exp(-(gates[start + j] + sums[j])))
          let z = 1 / (1 + Scalar.exp(-(gates[start + units + j] + sums[units + j])))
          let a = sums[2 * units + j] + recurrentBias[j]
          let candidate = Scalar.tanh(gates[start + 2 * units + j] + r * a)
          gates[start + j] = isWithin ? r : 0
          gates[start + units + j] = isWithin ? z : 0
          gates[start + 2 * units + j] = isWithin ? candidate : 0
          candidateSums[own + j] = isWithin ? a : 0
          if isWithin { h[j] = (1 - z) * candidate + z * h[j] }
          hidden[own + j] = h[j]
        }
      }
    }
  }

  /// The pullback of `gru`.
  ///
  ///     for t in (0..<time).reversed() {
  ///       dh = g[n, t] + ds[n, t + 1] Uᵀ + dh[n, t + 1] ⊙ z[n, t + 1]
  ///       dz_n = dh ⊙ (1 − z) ⊙ (1 − n²),   dz_z = dh ⊙ (h[n, t − 1] − n) ⊙ z (1 − z)
  ///       dz_r = dz_n ⊙ a ⊙ r (1 − r)
  ///       ds = (dz_r, dz_z, dz_n ⊙ r)
  ///     }
  ///
  /// - Parameters:
  ///   - gates: r, z and n, [batch, time, 3 · units], on entry; dz, the gradient with respect to x W + b, on
  ///     return.
  ///   - weight: U, [units, 3 · units].
  ///   - hidden: h, [batch, time, units].
  ///   - initialHidden: h before the first step, [batch, units].
  ///   - candidateSums: a, [batch, time, units].
  ///   - hiddenGradient: g = ∂L/∂h as far as later layers see h, [batch, time, units].
  ///   - recurrentGradient: ds on return, [batch, time, 3 · units]: what U's and the recurrent bias's
  ///     gradients are made of.
  ///   - initialHiddenGradient: ∂L/∂initialHidden on return, [batch, units].
  ///   - shape: the sizes.
  public static func gruBackward(
    _ gates: inout MutableSpan<Scalar>, _ weight: Span<Scalar>, hidden: Span<Scalar>,
    initialHidden: Span<Scalar>, candidateSums: Span<Scalar>, hiddenGradient: Span<Scalar>,
    recurrentGradient: inout MutableSpan<Scalar>,
    initialHiddenGradient: inout MutableSpan<Scalar>, _ shape: RecurrentShape
  ) {
    shape.check(
      "Naive.gruBackward", gates: 3, sums: gates.count, weight: weight.count,
      sequences: [hidden.count, candidateSums.count, hiddenGradient.count],
      states: [initialHidden.count, initialHiddenGradient.count])
    let units = shape.units
    for n in 0..<shape.batch {
      var dh = [Scalar](repeating: 0, count: units)
      for t in (0..<shape.time).reversed() {
        let (start, own) = (shape.start(n, t, 3 * units), shape.start(n, t, units))
        for j in 0..<units { dh[j] += hiddenGradient[own + j] }
        guard shape.isWithin(n, t) else {
          for column in 0..<3 * units { recurrentGradient[start + column] = 0 }
          continue
        }
        for j in 0..<units {
          let (r, z) = (gates[start + j], gates[start + units + j])
          let candidate = gates[start + 2 * units + j]
          let before = t == 0 ? initialHidden[n * units + j] : hidden[own - units + j]
          let dCandidate = dh[j] * (1 - z) * (1 - candidate * candidate)
          let dUpdate = dh[j] * (before - candidate) * z * (1 - z)
          let dReset = dCandidate * candidateSums[own + j] * r * (1 - r)
          (gates[start + j], recurrentGradient[start + j]) = (dReset, dReset)
          (gates[start + units + j], recurrentGradient[start + units + j]) = (dUpdate, dUpdate)
          gates[start + 2 * units + j] = dCandidate
          recurrentGradient[start + 2 * units + j] = dCandidate * r
          dh[j] *= z
        }
        for k in 0..<units {
          for column in 0..<3 * units {
            dh[k] += recurrentGradient[start + column] * weight[k * 3 * units + column]
          }
        }
      }
      for j in 0..<units { initialHiddenGradient[n * units + j] = dh[j] }
    }
  }
}
