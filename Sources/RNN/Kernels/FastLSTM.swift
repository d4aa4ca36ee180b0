import Backprop
import KernelSupport

extension Fast {
  /// A long short-term memory; contract: `Naive.lstm`.
  public static func lstm(
    _ gates: inout MutableSpan<Scalar>, _ weight: Span<Scalar>, initialHidden: Span<Scalar>,
    initialCell: Span<Scalar>, hidden: inout MutableSpan<Scalar>,
    cell: inout MutableSpan<Scalar>, _ shape: RecurrentShape
  ) {
    shape.check(
      "Fast.lstm", gates: 4, sums: gates.count, weight: weight.count,
      sequences: [hidden.count, cell.count], states: [initialHidden.count, initialCell.count])
    let (units, time, width) = (shape.units, shape.time, 4 * shape.units)
    unsafe withPointers(sums: &gates, weight, initialHidden) { gates, weight, initial in
      unsafe withPointers(sums: &hidden, initialCell, initialCell) { hidden, initialCell, _ in
        unsafe withPointer(&cell) { cell in
          let sweep = unsafe RecurrentSweep(weight, gates: 4, transposed: false, shape)
          defer { sweep.deallocate() }
          nonisolated(unsafe) let (gates, hidden, cell) = unsafe (gates, hidden, cell)
          nonisolated(unsafe) let (initial, initialCell) = unsafe (initial, initialCell)
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
                let state = unsafe LSTMState(
                  gates: gates + shape.start(n, t, width), hidden: hidden + own, cell: cell + own,
                  hiddenBefore: t == 0 ? initial + n * units : UnsafePointer(hidden + own - units),
                  cellBefore: t == 0 ? initialCell + n * units : UnsafePointer(cell + own - units))
                if shape.isWithin(n, t) {
                  unsafe state.step(sums: scratch + row * width, units)
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

  /// The pullback of `lstm`; contract: `Naive.lstmBackward`.
  ///
  /// A step computes no more than the gates' gradients and the one that flows to the step before. The gradients
  /// with respect to the weights are sums over all steps: products of two tall matrices, left to the operation.
  public static func lstmBackward(
    _ gates: inout MutableSpan<Scalar>, _ weight: Span<Scalar>, cell: Span<Scalar>,
    initialCell: Span<Scalar>, hiddenGradient: Span<Scalar>,
    initialHiddenGradient: inout MutableSpan<Scalar>,
    cellGradient: inout MutableSpan<Scalar>, _ shape: RecurrentShape
  ) {
    shape.check(
      "Fast.lstmBackward", gates: 4, sums: gates.count, weight: weight.count,
      sequences: [cell.count, hiddenGradient.count],
      states: [initialCell.count, initialHiddenGradient.count, cellGradient.count])
    let (units, time, width) = (shape.units, shape.time, 4 * shape.units)
    initialHiddenGradient.update(repeating: 0)
    unsafe withPointers(sums: &gates, weight, cell) { gates, weight, cell in
      unsafe withPointers(sums: &initialHiddenGradient, hiddenGradient, initialCell) {
        flowing, upstream, initialCell in
        unsafe withPointer(&cellGradient) { cellGradient in
          let sweep = unsafe RecurrentSweep(weight, gates: 4, transposed: true, shape)
          defer { sweep.deallocate() }
          nonisolated(unsafe) let (gates, cell, flowing) = unsafe (gates, cell, flowing)
          nonisolated(unsafe) let (upstream, cellGradient) = unsafe (upstream, cellGradient)
          nonisolated(unsafe) let initialCell = unsafe initialCell
          sweep.forEachBlock { sequences in
            let first = sequences.lowerBound
            for t in (0..<time).reversed() {
              for n in sequences {
                let own = shape.start(n, t, units)
                let slope = unsafe LSTMSlope(
                  gates: gates + shape.start(n, t, width), cell: cell + own,
                  cellBefore: t == 0 ? initialCell + n * units : cell + own - units,
                  upstream: upstream + own, hiddenGradient: flowing + n * units,
                  cellGradient: cellGradient + n * units)
                if shape.isWithin(n, t) { slope.step(units) } else { slope.carry(units) }
              }
              // Gates of sequences that are over are 0: nothing is added to what they carry.
              unsafe sweep.multiply(
                gates + shape.start(first, t, width), stride: time * width,
                count: sequences.count, into: flowing + first * units, accumulating: true)
            }
          }
        }
      }
    }
  }
}

/// One step of one sequence: where its numbers are, and what is done with them.
@safe private struct LSTMState {
  let gates: UnsafeMutablePointer<Scalar>
  let hidden: UnsafeMutablePointer<Scalar>
  let cell: UnsafeMutablePointer<Scalar>
  let hiddenBefore: UnsafePointer<Scalar>
  let cellBefore: UnsafePointer<Scalar>

  /// The gates, the cell and the state, eight units at a time.
  @inline(__always)
  func step(sums: UnsafePointer<Scalar>, _ units: Int) {
    for j in stride(from: 0, to: units, by: Vector.scalarCount) {
      let count = units - j
      @inline(__always) func sum(_ gate: Int) -> Vector {
        let place = gate * units + j
        return unsafe loadUnits(gates + place, count) + loadUnits(sums + place, count)
      }
      let (i, f) = (Vector.sigmoid(sum(0)), Vector.sigmoid(sum(1)))
      let (g, o) = (Vector.tanh(sum(2)), Vector.sigmoid(sum(3)))
      let c = unsafe f * loadUnits(cellBefore + j, count) + i * g
      unsafe storeUnits(i, gates + j, count)
      unsafe storeUnits(f, gates + units + j, count)
      unsafe storeUnits(g, gates + 2 * units + j, count)
      unsafe storeUnits(o, gates + 3 * units + j, count)
      unsafe storeUnits(c, cell + j, count)
      unsafe storeUnits(o * Vector.tanh(c), hidden + j, count)
    }
  }

  /// A step beyond the sequence's end.
  func carry(_ units: Int) {
    for j in 0..<4 * units { unsafe gates[j] = 0 }
    for j in 0..<units {
      unsafe hidden[j] = hiddenBefore[j]
      unsafe cell[j] = cellBefore[j]
    }
  }
}

/// One step of one sequence on the way back.
@safe private struct LSTMSlope {
  let gates: UnsafeMutablePointer<Scalar>
  let cell: UnsafePointer<Scalar>
  let cellBefore: UnsafePointer<Scalar>
  let upstream: UnsafePointer<Scalar>
  let hiddenGradient: UnsafeMutablePointer<Scalar>
  let cellGradient: UnsafeMutablePointer<Scalar>

  /// The gradients with respect to the four sums; the state's own begins anew at 0.
  @inline(__always)
  func step(_ units: Int) {
    for j in stride(from: 0, to: units, by: Vector.scalarCount) {
      let count = units - j
      let i = unsafe loadUnits(gates + j, count)
      let f = unsafe loadUnits(gates + units + j, count)
      let g = unsafe loadUnits(gates + 2 * units + j, count)
      let o = unsafe loadUnits(gates + 3 * units + j, count)
      let squashed = unsafe Vector.tanh(loadUnits(cell + j, count))
      let dh = unsafe loadUnits(hiddenGradient + j, count) + loadUnits(upstream + j, count)
      let dc =
        unsafe loadUnits(cellGradient + j, count) + dh * o * (1 - squashed * squashed)
      let before = unsafe loadUnits(cellBefore + j, count)
      unsafe storeUnits(dc * g * i * (1 - i), gates + j, count)
      unsafe storeUnits(dc * before * f * (1 - f), gates + units + j, count)
      unsafe storeUnits(dc * i * (1 - g * g), gates + 2 * units + j, count)
      unsafe storeUnits(dh * squashed * o * (1 - o), gates + 3 * units + j, count)
      unsafe storeUnits(dc * f, cellGradient + j, count)
      unsafe storeUnits(.zero, hiddenGradient + j, count)
    }
  }

  /// A step beyond the sequence's end passes both gradients on.
  func carry(_ units: Int) {
    for j in 0..<units { unsafe hiddenGradient[j] += upstream[j] }
  }
}
