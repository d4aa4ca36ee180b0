/// What this machine can do at most with this run's threads: measured when it is asked for, once.
package struct Machine {
  private var bounds: [Cost: Double] = [:]

  /// Creates a machine of which nothing is known yet.
  package init() {}

  /// The rate that bounds a kernel: operations a second, or bytes a second moved where the kernel's
  /// operands lie.
  ///
  /// - Parameters:
  ///   - cost: what the kernel has to do.
  ///   - reached: the rate at which it did. Where this exceeds what was measured, the measurement may have been
  ///     disturbed and is repeated. Nothing moves more than the machine can move, so at last the kernel
  ///     itself is the best that was seen; but a clever kernel may need less arithmetic than its definition.
  package mutating func bound(of cost: Cost, reached: Double = 0) -> Double {
    let key: Cost = if case .arithmetic = cost { .arithmetic(operations: 1) } else { cost }
    var bound = bounds[key] ?? Self.measured(cost)
    for _ in 0..<3 where bound < reached { bound = max(bound, Self.measured(cost)) }
    if case .memory = cost { bound = max(bound, reached) }
    bounds[key] = bound
    return bound
  }

  /// Multiplications and additions a second.
  package var peakArithmetic: Double {
    mutating get { bound(of: .arithmetic(operations: 1)) }
  }

  /// Bytes a second moved to and from an array of that many elements.
  package mutating func bandwidth(_ traffic: Traffic, elements: Int) -> Double {
    bound(of: .memory(traffic, elements: elements))
  }

  private static func measured(_ cost: Cost) -> Double {
    switch cost {
    case .arithmetic: measuredPeakArithmetic()
    case .memory(let traffic, let elements): measuredBandwidth(traffic, elements: elements)
    }
  }
}
