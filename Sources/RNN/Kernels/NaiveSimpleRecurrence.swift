import KernelSupport

extension Naive {
  /// A simple recurrent layer.
  ///
  ///     for t in 0..<time {  h[n, t] = f(z[n, t] + h[n, t − 1] U),  h[n, −1] = initialHidden[n]  }
  ///
  /// A step beyond a sequence's length carries the state through: h[n, t] = h[n, t − 1].
  ///
  /// - Parameters:
  ///   - sums: z = x W + b, [batch, time, units], on entry; the states h on return.
  ///   - weight: U, [units, units].
  ///   - initialHidden: the state before the first step, [batch, units].
  ///   - activation: f.
  ///   - shape: the sizes.
  ///
  /// Source: Elman, "Finding Structure in Time", Cognitive Science 14, 1990.
  public static func simpleRecurrence(
    _ sums: inout MutableSpan<Scalar>, _ weight: Span<Scalar>, initialHidden: Span<Scalar>,
    _ activation: RecurrentActivation, _ shape: RecurrentShape
  ) {
    shape.check(
      "Naive.simpleRecurrence", gates: 1, sums: sums.count, weight: weight.count, sequences: [],
      states: [initialHidden.count])
    let units = shape.units
    for n in 0..<shape.batch {
      var state = (0..<units).map { initialHidden[n * units + $0] }
      for t in 0..<shape.time {
        let start = shape.start(n, t, units)
        if shape.isWithin(n, t) {
          state = (0..<units).map { j in
            var sum = sums[start + j]
            for k in 0..<units { sum += state[k] * weight[k * units + j] }
            return activation(sum)
          }
        }
        for j in 0..<units { sums[start + j] = state[j] }
      }
    }
  }

  /// The pullback of `simpleRecurrence`: back-propagation through time.
  ///
  ///     for t in (0..<time).reversed() {
  ///       ∂L/∂z[n, t] = f′(z[n, t]) ⊙ (g[n, t] + ∂L/∂z[n, t + 1] Uᵀ)
  ///     }
  ///
  /// The gradient with respect to U is the product of all states before a step and all ∂L/∂z, which the
  /// operation computes in one go.
  ///
  /// - Parameters:
  ///   - hidden: h, [batch, time, units].
  ///   - weight: U, [units, units].
  ///   - gradient: g = ∂L/∂h as far as later layers see h, on entry; ∂L/∂z on return.
  ///   - initialHiddenGradient: ∂L/∂initialHidden on return, [batch, units].
  ///   - activation: f.
  ///   - shape: the sizes.
  ///
  /// Source: Werbos, "Backpropagation Through Time: What It Does and How to Do It", Proc. IEEE 78, 1990.
  public static func simpleRecurrenceBackward(
    hidden: Span<Scalar>, _ weight: Span<Scalar>, gradient: inout MutableSpan<Scalar>,
    initialHiddenGradient: inout MutableSpan<Scalar>, _ activation: RecurrentActivation,
    _ shape: RecurrentShape
  ) {
    shape.check(
      "Naive.simpleRecurrenceBackward", gates: 1, sums: gradient.count, weight: weight.count,
      sequences: [hidden.count], states: [initialHiddenGradient.count])
    let units = shape.units
    for n in 0..<shape.batch {
      var flowing = [Scalar](repeating: 0, count: units)
      for t in (0..<shape.time).reversed() {
        let start = shape.start(n, t, units)
        for j in 0..<units { flowing[j] += gradient[start + j] }
        guard shape.isWithin(n, t) else {
          for j in 0..<units { gradient[start + j] = 0 }
          continue
        }
        for j in 0..<units {
          gradient[start + j] = flowing[j] * activation.slope(hidden[start + j])
        }
        flowing = (0..<units).map { k in
          var sum: Scalar = 0
          for j in 0..<units { sum += gradient[start + j] * weight[k * units + j] }
          return sum
        }
      }
      for j in 0..<units { initialHiddenGradient[n * units + j] = flowing[j] }
    }
  }
}
