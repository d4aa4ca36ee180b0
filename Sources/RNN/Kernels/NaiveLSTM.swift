import KernelSupport

extension Naive {
  /// A long short-term memory.
  ///
  ///     for t in 0..<time {
  ///       s = z[n, t] + h[n, t − 1] U                          four sums a unit: i, f, g, o
  ///       i = σ(sᵢ),  f = σ(s_f),  g = tanh(s_g),  o = σ(s_o)
  ///       c[n, t] = f ⊙ c[n, t − 1] + i ⊙ g
  ///       h[n, t] = o ⊙ tanh(c[n, t])
  ///     }
  ///
  /// The gates lie in PyTorch's order: all units' input gates i, then the forget gates f, the candidates g and
  /// the output gates o. A step beyond a sequence's length carries h and c through.
  ///
  /// - Parameters:
  ///   - gates: z = x W + b, [batch, time, 4 · units], on entry; i, f, g and o on return, 0 where a sequence
  ///     is over.
  ///   - weight: U, [units, 4 · units].
  ///   - initialHidden: h before the first step, [batch, units].
  ///   - initialCell: c before the first step, [batch, units].
  ///   - hidden: h on return, [batch, time, units].
  ///   - cell: c on return, [batch, time, units].
  ///   - shape: the sizes.
  ///
  /// Source: Hochreiter and Schmidhuber, "Long Short-Term Memory", Neural Computation 9, 1997; Gers,
  /// Schmidhuber and Cummins, "Learning to Forget", Neural Computation 12, 2000, for the forget gate.
  public static func lstm(
    _ gates: inout MutableSpan<Scalar>, _ weight: Span<Scalar>, initialHidden: Span<Scalar>,
    initialCell: Span<Scalar>, hidden: inout MutableSpan<Scalar>,
    cell: inout MutableSpan<Scalar>, _ shape: RecurrentShape
  ) {
    shape.check(
      "Naive.lstm", gates: 4, sums: gates.count, weight: weight.count,
      sequences: [hidden.count, cell.count], states: [initialHidden.count, initialCell.count])
    let units = shape.units
    for n in 0..<shape.batch {
      var h = (0..<units).map { initialHidden[n * units + $0] }
      var c = (0..<units).map { initialCell[n * units + $0] }
      for t in 0..<shape.time {
        let start = shape.start(n, t, 4 * units)
        for column in 0..<4 * units {
          var sum = gates[start + column]
          for k in 0..<units { sum += h[k] * weight[k * 4 * units + column] }
          let isCandidate = column / units == 2
          let gate = isCandidate ? Scalar.tanh(sum) : 1 / (1 + Scalar.exp(-sum))
          gates[start + column] = shape.isWithin(n, t) ? gate : 0
        }
        if shape.isWithin(n, t) {
          for j in 0..<units {
            let (i, f) = (gates[start + j], gates[start + units + j])
            let (g, o) = (gates[start + 2 * units + j], gates[start + 3 * units + j])
            c[j] = f * c[j] + i * g
            h[j] = o * Scalar.tanh(c[j])
          }
        }
        for j in 0..<units {
          hidden[shape.start(n, t, units) + j] = h[j]
          cell[shape.start(n, t, units) + j] = c[j]
        }
      }
    }
  }

  /// The pullback of `lstm`.
  ///
  ///     for t in (0..<time).reversed() {
  ///       dh = g[n, t] + ds[n, t + 1] Uᵀ,   dc += dh ⊙ o ⊙ (1 − tanh² c[n, t])
  ///       dsᵢ = dc ⊙ g ⊙ i (1 − i),   ds_f = dc ⊙ c[n, t − 1] ⊙ f (1 − f)
  ///       ds_g = dc ⊙ i ⊙ (1 − g²),   ds_o = dh ⊙ tanh c[n, t] ⊙ o (1 − o)
  ///       dc ← dc ⊙ f
  ///     }
  ///
  /// - Parameters:
  ///   - gates: i, f, g and o, [batch, time, 4 · units], on entry; ds, which is ∂L/∂z, on return.
  ///   - weight: U, [units, 4 · units].
  ///   - cell: c, [batch, time, units].
  ///   - initialCell: c before the first step, [batch, units].
  ///   - hiddenGradient: g = ∂L/∂h as far as later layers see h, [batch, time, units].
  ///   - initialHiddenGradient: ∂L/∂initialHidden on return, [batch, units].
  ///   - cellGradient: ∂L/∂(the last c) on entry, ∂L/∂initialCell on return, [batch, units].
  ///   - shape: the sizes.
  public static func lstmBackward(
    _ gates: inout MutableSpan<Scalar>, _ weight: Span<Scalar>, cell: Span<Scalar>,
    initialCell: Span<Scalar>, hiddenGradient: Span<Scalar>,
    initialHiddenGradient: inout MutableSpan<Scalar>,
    cellGradient: inout MutableSpan<Scalar>, _ shape: RecurrentShape
  ) {
    shape.check(
      "Naive.lstmBackward", gates: 4, sums: gates.count, weight: weight.count,
      sequences: [cell.count, hiddenGradient.count],
      states: [initialCell.count, initialHiddenGradient.count, cellGradient.count])
    let units = shape.units
    for n in 0..<shape.batch {
      var dh = [Scalar](repeating: 0, count: units)
      for t in (0..<shape.time).reversed() {
        let (start, own) = (shape.start(n, t, 4 * units), shape.start(n, t, units))
        for j in 0..<units { dh[j] += hiddenGradient[own + j] }
        guard shape.isWithin(n, t) else { continue }
        for j in 0..<units {
          let (i, f) = (gates[start + j], gates[start + units + j])
          let (g, o) = (gates[start + 2 * units + j], gates[start + 3 * units + j])
          let before = t == 0 ? initialCell[n * units + j] : cell[own - units + j]
          let squashed = Scalar.tanh(cell[own + j])
          let dc = cellGradient[n * units + j] + dh[j] * o * (1 - squashed * squashed)
          gates[start + j] = dc * g * i * (1 - i)
          gates[start + units + j] = dc * before * f * (1 - f)
          gates[start + 2 * units + j] = dc * i * (1 - g * g)
          gates[start + 3 * units + j] = dh[j] * squashed * o * (1 - o)
          cellGradient[n * units + j] = dc * f
        }
        for k in 0..<units {
          var sum: Scalar = 0
          for column in 0..<4 * units {
            sum += gates[start + column] * weight[k * 4 * units + column]
          }
          dh[k] = sum
        }
      }
      for j in 0..<units { initialHiddenGradient[n * units + j] = dh[j] }
    }
  }
}
