import KernelSupport

/// Operands of a kernel, how to run it on them, and what the results may differ by.
package struct KernelTrial {
  /// Runs a kernel on arrays that it changes, or only fills with results.
  package typealias Run = (_ kernels: Backend, _ arrays: inout [[Scalar]]) -> Void

  /// What the arrays hold before the kernel runs.
  package let initial: [[Scalar]]

  /// Whether the arrays need not be restored between runs: the kernel overwrites them without reading
  /// them, or it may as well go on from its own results.
  package var overwrites = false

  /// How far an element may be from the definition's.
  package let tolerance: Scalar

  /// A check that needs no run of the definition, for sizes where that would take too long: how much the
  /// results deviate, in units of what is allowed.
  package var probe: ((_ results: [[Scalar]]) -> Scalar)?

  /// Runs the kernel.
  package let run: Run

  /// A trial of a kernel that changes one array.
  package init(
    changing initial: [Scalar], tolerance: Scalar,
    _ body: @escaping (_ kernels: Backend, _ array: inout MutableSpan<Scalar>) -> Void
  ) {
    self.init(changing: [initial], tolerance: tolerance) { kernels, arrays in
      var span = arrays[0].mutableSpan
      body(kernels, &span)
    }
  }

  /// A trial of a kernel that changes several arrays.
  package init(changing initial: [[Scalar]], tolerance: Scalar, _ run: @escaping Run) {
    self.initial = initial
    self.tolerance = tolerance
    self.run = run
  }

  /// What a backend makes of the operands.
  package func results(_ backend: Backend) -> [[Scalar]] {
    var arrays = initial
    run(backend, &arrays)
    return arrays
  }

  /// The median time of a run.
  ///
  /// Runs are timed one by one where the arrays must be restored in between, which is not timed;
  /// otherwise as many at once as outweigh the reading of the clock.
  ///
  /// - Parameter budget: how long to go on, in seconds.
  /// - Returns: seconds.
  package func seconds(_ backend: Backend, budget: Double = 0.3) -> Double {
    var arrays = initial
    restore(&arrays)
    run(backend, &arrays)
    var batch = 1
    if overwrites {
      let once = elapsedSeconds { run(backend, &arrays) }
      batch = max(1, Int(100e-6 / max(once, 1e-9)))
    }
    var times: [Double] = []
    let clock = ContinuousClock()
    let end = clock.now + .seconds(budget)
    while times.count < 3 || clock.now < end {
      if !overwrites { restore(&arrays) }
      let time = elapsedSeconds {
        for _ in 0..<batch { run(backend, &arrays) }
      }
      times.append(time / Double(batch))
    }
    return median(times)
  }

  private func restore(_ arrays: inout [[Scalar]]) {
    for (index, source) in initial.enumerated() {
      var target = arrays[index].mutableSpan
      for i in target.indices { target[i] = source[i] }
    }
  }
}
