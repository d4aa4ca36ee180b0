/// What this machine can do at most with this run's threads: measured when it is asked for, once.
package struct Machine {
  private var bounds: [Cost: Double] = [:]

  /// Creates a machine of which nothing is known yet.
  package init() {}

  /// The rate that bounds a kernel: operations a second, or bytes a second moved where the kernel's
  /// operands lie.
  package mutating func bound(of cost: Cost) -> Double {
    switch cost {
    case .arithmetic: peakArithmetic
    case .memory(let traffic, let elements): bandwidth(traffic, elements: elements)
    }
  }

  /// Multiplications and additions a second.
  package var peakArithmetic: Double {
    mutating get { remembered(.arithmetic(operations: 1), measuredPeakArithmetic) }
  }

  /// Bytes a second moved to and from an array of that many elements.
  package mutating func bandwidth(_ traffic: Traffic, elements: Int) -> Double {
    remembered(.memory(traffic, elements: elements)) {
      measuredBandwidth(traffic, elements: elements)
    }
  }

  private mutating func remembered(_ cost: Cost, _ measure: () -> Double) -> Double {
    if let known = bounds[cost] { return known }
    let rate = measure()
    bounds[cost] = rate
    return rate
  }
}
