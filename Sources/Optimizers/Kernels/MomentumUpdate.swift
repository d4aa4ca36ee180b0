import KernelSupport

extension Naive {
  /// A step of gradient descent with momentum, and with the gradient of an L2 penalty.
  ///
  ///     g′ᵢ = gᵢ + α wᵢ
  ///     vᵢ ← μ vᵢ + (1 − dampening) g′ᵢ
  ///     wᵢ ← wᵢ − η vᵢ                       or, by Nesterov,  wᵢ − η (g′ᵢ + μ vᵢ)
  ///
  /// - Parameters:
  ///   - value: w, n elements.
  ///   - gradient: g, n elements.
  ///   - velocity: v, n elements.
  ///   - rate: η.
  ///   - momentum: μ.
  ///   - dampening: how much of a gradient is held back.
  ///   - weightDecay: α.
  ///   - nesterov: whether the gradient counts once more.
  public static func descendWithMomentum(
    _ value: inout MutableSpan<Scalar>, _ gradient: Span<Scalar>,
    velocity: inout MutableSpan<Scalar>, rate: Scalar, momentum: Scalar, dampening: Scalar,
    weightDecay: Scalar, nesterov: Bool
  ) {
    checkUpdate("descendWithMomentum", value.count, gradient.count, velocity.count)
    for i in value.indices {
      let slope = gradient[i] + weightDecay * value[i]
      velocity[i] = momentum * velocity[i] + (1 - dampening) * slope
      value[i] -= rate * (nesterov ? slope + momentum * velocity[i] : velocity[i])
    }
  }
}

extension Fast {
  /// A step of gradient descent with momentum; contract: `Naive.descendWithMomentum`.
  public static func descendWithMomentum(
    _ value: inout MutableSpan<Scalar>, _ gradient: Span<Scalar>,
    velocity: inout MutableSpan<Scalar>, rate: Scalar, momentum: Scalar, dampening: Scalar,
    weightDecay: Scalar, nesterov: Bool
  ) {
    checkUpdate("descendWithMomentum", value.count, gradient.count, velocity.count)
    // The slope's and the velocity's share in the step: one loop serves both kinds of momentum.
    let slopeRate = nesterov ? -rate : 0
    let velocityRate = nesterov ? -rate * momentum : -rate
    value.forEachBlock(of: ElementwiseBlock.light, with: &velocity) { start, value, velocity in
      let gradient = gradient.extracting(start..<start &+ value.count)
      for i in value.indices {
        let slope = gradient[i].addingProduct(weightDecay, value[i])
        let newVelocity = ((1 - dampening) * slope).addingProduct(momentum, velocity[i]).flushed
        velocity[i] = newVelocity
        value[i] = value[i].addingProduct(velocityRate, newVelocity).addingProduct(slopeRate, slope)
      }
    }
  }
}
