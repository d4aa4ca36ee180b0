import Backprop
import KernelSupport

extension Fast {
  /// A gated recurrent unit; contract: `Naive.gru`.
  public static func gru(
    _ gates: inout MutableSpan<Scalar>, _ weight: Span<Scalar>, recurrentBias: Span<Scalar>,
    initialHidden: Span<Scalar>, hidden: inout MutableSpan<Scalar>,
    candidateSums: inout MutableSpan<Scalar>, _ shape: RecurrentShape
  ) {
    shape.check(
      "Fast.gru", gates: 3, sums: gates.count, weight: weight.count,
      sequences: [hidden.count, candidateSums.count], states: [initialHidden.count])
    let (units, time, width) = (shape.units, shape.time, 3 * shape.units)
    unsafe withPointers(sums: &gates, weight, initialHidden) { gates, weight, initial in
      unsafe withPointers(sums: &hidden, recurrentBias, recurrentBias) { hidden, bias, _ in
        unsafe withPointer(&candidateSums) { candidateSums in
          let sweep = unsafe RecurrentSweep(weight, gates: 3, transposed: false, shape)
          defer { sweep.deallocate() }
          nonisolated(unsafe) let (gates, hidden) = unsafe (gates, hidden)
          nonisolated(unsafe) let (candidateSums, bias) = unsafe (candidateSums, bias)
          nonisolated(unsafe) let initial = unsafe initial
          sweep.forEachBlock { sequences in
            let scratch = UnsafeMutablePointer<Scalar>.allocate(
              capacity: sequences.count * width)
            defer { unsafe scratch.deallocate() }
            let first = sequences.lowerBound
            for t in 0..<time {
              unsafe sweep.multiply(
                t == 0
                  ? initial + first * units
                  : UnsafePointer(hidden + shape.start(first, t - 1, units)),
                stride: t == 0 ? units : time * units, count: sequences.count, into: scratch,
                accumulating: false)
              for (row, n) in sequences.enumerated() {
                let own = shape.start(n, t, units)
                let state = unsafe GRUState(
                  gates: gates + shape.start(n, t, width), hidden: hidden + own,
                  candidateSums: candidateSums + own,
                  hiddenBefore: t == 0 ? initial + n * units : UnsafePointer(hidden + own - units))
                if shape.isWithin(n, t) {
                  unsafe state.step(sums: scratch + row * width, bias, units)
                } else {
                  state.carry(units)
                }
              }
            }
          }
        }
      }
    }
  }

  /// The pullback of `gru`; contract: `Naive.gruBackward`.
  public static func gruBackward(
    _ gates: inout MutableSpan<Scalar>, _ weight: Span<Scalar>, hidden: Span<Scalar>,
    initialHidden: Span<Scalar>, candidateSums: Span<Scalar>, hiddenGradient: Span<Scalar>,
    recurrentGradient: inout MutableSpan<Scalar>,
    initialHiddenGradient: inout MutableSpan<Scalar>, _ shape: RecurrentShape
  ) {
    shape.check(
      "Fast.gruBackward", gates: 3, sums: gates.count, weight: weight.count,
      sequences: [hidden.count, candidateSums.count, hiddenGradient.count],
      states: [initialHidden.count, initialHiddenGradient.count])
    let (units, time, width) = (shape.units, shape.time, 3 * shape.units)
    initialHiddenGradient.update(repeating: 0)
    unsafe withPointers(sums: &gates, weight, hidden) { gates, weight, hidden in
      unsafe withPointers(sums: &initialHiddenGradient, hiddenGradient, initialHidden) {
        flowing, upstream, initial in
        unsafe withPointers(sums: &recurrentGradient, candidateSums, candidateSums) {
          recurrent, candidateSums, _ in
          let sweep = unsafe RecurrentSweep(weight, gates: 3, transposed: true, shape)
          defer { sweep.deallocate() }
          nonisolated(unsafe) let (gates, hidden, flowing) = unsafe (gates, hidden, flowing)
          nonisolated(unsafe) let (upstream, initial) = unsafe (upstream, initial)
          nonisolated(unsafe) let (recurrent, candidateSums) = unsafe (recurrent, candidateSums)
          sweep.forEachBlock { sequences in
            let first = sequences.lowerBound
            for t in (0..<time).reversed() {
              for n in sequences {
                let (start, own) = (shape.start(n, t, width), shape.start(n, t, units))
                let slope = unsafe GRUSlope(
                  gates: gates + start, recurrentGradient: recurrent + start,
                  candidateSums: candidateSums + own,
                  hiddenBefore: t == 0 ? initial + n * units : hidden + own - units,
                  upstream: upstream + own, hiddenGradient: flowing + n * units)
                if shape.isWithin(n, t) { slope.step(units) } else { slope.carry(units) }
              }
              unsafe sweep.multiply(
                recurrent + shape.start(first, t, width), stride: time * width,
                count: sequences.count, into: flowing + first * units, accumulating: true)
            }
          }
        }
      }
    }
  }
}

/// One step of one sequence: where its numbers are, and what is done with them.
@safe private struct GRUState {
  let gates: UnsafeMutablePointer<Scalar>
  let hidden: UnsafeMutablePointer<Scalar>
  let candidateSums: UnsafeMutablePointer<Scalar>
  let hiddenBefore: UnsafePointer<Scalar>

  /// The gates and the state, eight units at a time.
  @inline(__always)
  func step(sums: UnsafePointer<Scalar>, _ bias: UnsafePointer<Scalar>, _ units: Int) {
    for j in stride(from: 0, to: units, by: Vector.scalarCount) {
      let count = units - j
      let r = unsafe Vector.sigmoid(loadUnits(gates + j, count) + loadUnits(sums + j, count))
      let z = unsafe Vector.sigmoid(
        loadUnits(gates + units + j, count) + loadUnits(sums + units + j, count))
      let a = unsafe loadUnits(sums + 2 * units + j, count) + loadUnits(bias + j, count)
      let candidate = unsafe Vector.tanh(loadUnits(gates + 2 * units + j, count) + r * a)
      unsafe storeUnits(r, gates + j, count)
      unsafe storeUnits(z, gates + units + j, count)
      unsafe storeUnits(candidate, gates + 2 * units + j, count)
      unsafe storeUnits(a, candidateSums + j, count)
      let before = unsafe loadUnits(hiddenBefore + j, count)
      unsafe storeUnits((1 - z) * candidate + z * before, hidden + j, count)
    }
  }

  /// A step beyond the sequence's end.
  func carry(_ units: Int) {
    for j in 0..<3 * units { unsafe gates[j] = 0 }
    for j in 0..<units {
      unsafe candidateSums[j] = 0
      unsafe hidden[j] = hiddenBefore[j]
    }
  }
}

/// One step of one sequence on the way back.
@safe private struct GRUSlope {
  let gates: UnsafeMutablePointer<Scalar>
  let recurrentGradient: UnsafeMutablePointer<Scalar>
  let candidateSums: UnsafePointer<Scalar>
  let hiddenBefore: UnsafePointer<Scalar>
  let upstream: UnsafePointer<Scalar>
  let hiddenGradient: UnsafeMutablePointer<Scalar>

  /// The gradients with respect to both kinds of sums, and what the state before gets directly.
  @inline(__always)
  func step(_ units: Int) {
    for j in stride(from: 0, to: units, by: Vector.scalarCount) {
      let count = units - j
      let r = unsafe loadUnits(gates + j, count)
      let z = unsafe loadUnits(gates + units + j, count)
      let candidate = unsafe loadUnits(gates + 2 * units + j, count)
      let a = unsafe loadUnits(candidateSums + j, count)
      let before = unsafe loadUnits(hiddenBefore + j, count)
      let dh = unsafe loadUnits(hiddenGradient + j, count) + loadUnits(upstream + j, count)
      let dCandidate = dh * (1 - z) * (1 - candidate * candidate)
      let dUpdate = dh * (before - candidate) * z * (1 - z)
      let dReset = dCandidate * a * r * (1 - r)
      unsafe storeUnits(dReset, gates + j, count)
      unsafe storeUnits(dUpdate, gates + units + j, count)
      unsafe storeUnits(dCandidate, gates + 2 * units + j, count)
      unsafe storeUnits(dReset, recurrentGradient + j, count)
      unsafe storeUnits(dUpdate, recurrentGradient + units + j, count)
      unsafe storeUnits(dCandidate * r, recurrentGradient + 2 * units + j, count)
      unsafe storeUnits(dh * z, hiddenGradient + j, count)
    }
  }

  /// A step beyond the sequence's end passes the gradient on.
  func carry(_ units: Int) {
    for j in 0..<3 * units { unsafe recurrentGradient[j] = 0 }
    for j in 0..<units { unsafe hiddenGradient[j] += upstream[j] }
  }
}
