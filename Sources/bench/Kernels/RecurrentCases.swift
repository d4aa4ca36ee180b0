import KernelSupport
import RNN

/// The recurrent kernels of chapter 5: twenty-five steps, at the batches and widths of its models.
extension KernelCase {
  static var recurrences: [KernelCase] {
    let sizes = [(1, 64), (8, 64), (32, 64), (32, 128), (128, 64), (32, 256)]
    return sizes.flatMap { batch, units in
      [
        lstm(batch, units), lstmBackward(batch, units), gru(batch, units),
        gruBackward(batch, units),
      ]
      .map { item in
        var item = item
        item.isDetail = (batch, units) != (32, 64)
        return item
      }
    }
  }

  private static let steps = 25

  private static func name(_ batch: Int, _ units: Int) -> String { "\(batch)x\(steps)x\(units)" }

  /// 2 operations for each weight, step and sequence; the gates' own are left out.
  private static func cost(_ batch: Int, _ units: Int, gates: Int) -> Cost {
    .arithmetic(operations: 2 * batch * steps * units * gates * units)
  }

  /// Gates and states stay below 1, and a step's sums of `units` weights below 1/√units err by some ε each; what
  /// they hand on does not grow.
  private static func tolerance(_ units: Int) -> Scalar {
    64 * Scalar(units).squareRoot() * .ulpOfOne
  }

  private static func weight(_ units: Int, gates: Int) -> [Scalar] {
    numbers(units * gates * units, stream: 2).map { $0 / Scalar(units).squareRoot() }
  }

  private static func lstm(_ batch: Int, _ units: Int) -> KernelCase {
    KernelCase(kernel: "lstm", shape: name(batch, units), cost: cost(batch, units, gates: 4)) {
      let shape = RecurrentShape(batch: batch, time: steps, units: units)
      let u = weight(units, gates: 4)
      let (h, c) = (numbers(batch * units, stream: 3), numbers(batch * units, stream: 4))
      let empty = [Scalar](repeating: 0, count: batch * steps * units)
      return KernelTrial(
        changing: [numbers(4 * batch * steps * units), empty, empty], tolerance: tolerance(units)
      ) { kernels, arrays in
        var (cells, states) = (arrays.removeLast(), arrays.removeLast())
        var gates = arrays[0].mutableSpan
        var hidden = states.mutableSpan
        var cell = cells.mutableSpan
        kernels.recurrent.lstm(
          &gates, u.span, initialHidden: h.span, initialCell: c.span, hidden: &hidden,
          cell: &cell, shape)
        arrays += [states, cells]
      }
    }
  }

  private static func lstmBackward(_ batch: Int, _ units: Int) -> KernelCase {
    KernelCase(
      kernel: "lstmBackward", shape: name(batch, units), cost: cost(batch, units, gates: 4)
    ) {
      let shape = RecurrentShape(batch: batch, time: steps, units: units)
      let u = weight(units, gates: 4)
      let cell = numbers(batch * steps * units, stream: 3)
      let c = numbers(batch * units, stream: 4)
      let upstream = numbers(batch * steps * units, stream: 5).map { $0 / 8 }
      let zeros = [Scalar](repeating: 0, count: batch * units)
      return KernelTrial(
        changing: [numbers(4 * batch * steps * units, in: 0..<0.9), zeros, zeros],
        tolerance: 4 * tolerance(units)
      ) { kernels, arrays in
        var (second, first) = (arrays.removeLast(), arrays.removeLast())
        var gates = arrays[0].mutableSpan
        var hidden = first.mutableSpan
        var cellGradient = second.mutableSpan
        kernels.recurrent.lstmBackward(
          &gates, u.span, cell: cell.span, initialCell: c.span, hiddenGradient: upstream.span,
          initialHiddenGradient: &hidden, cellGradient: &cellGradient, shape)
        arrays += [first, second]
      }
    }
  }

  private static func gru(_ batch: Int, _ units: Int) -> KernelCase {
    KernelCase(kernel: "gru", shape: name(batch, units), cost: cost(batch, units, gates: 3)) {
      let shape = RecurrentShape(batch: batch, time: steps, units: units)
      let u = weight(units, gates: 3)
      let (h, b) = (numbers(batch * units, stream: 3), numbers(units, stream: 4))
      let empty = [Scalar](repeating: 0, count: batch * steps * units)
      return KernelTrial(
        changing: [numbers(3 * batch * steps * units), empty, empty], tolerance: tolerance(units)
      ) { kernels, arrays in
        var (sums, states) = (arrays.removeLast(), arrays.removeLast())
        var gates = arrays[0].mutableSpan
        var hidden = states.mutableSpan
        var candidateSums = sums.mutableSpan
        kernels.recurrent.gru(
          &gates, u.span, recurrentBias: b.span, initialHidden: h.span, hidden: &hidden,
          candidateSums: &candidateSums, shape)
        arrays += [states, sums]
      }
    }
  }

  private static func gruBackward(_ batch: Int, _ units: Int) -> KernelCase {
    KernelCase(
      kernel: "gruBackward", shape: name(batch, units), cost: cost(batch, units, gates: 3)
    ) {
      let shape = RecurrentShape(batch: batch, time: steps, units: units)
      let u = weight(units, gates: 3)
      let hidden = numbers(batch * steps * units, stream: 3)
      let h = numbers(batch * units, stream: 4)
      let sums = numbers(batch * steps * units, stream: 5)
      let upstream = numbers(batch * steps * units, stream: 6).map { $0 / 8 }
      let zeros = [Scalar](repeating: 0, count: batch * units)
      let empty = [Scalar](repeating: 0, count: 3 * batch * steps * units)
      return KernelTrial(
        changing: [numbers(3 * batch * steps * units, in: 0..<0.9), empty, zeros],
        tolerance: 4 * tolerance(units)
      ) { kernels, arrays in
        var (third, second) = (arrays.removeLast(), arrays.removeLast())
        var gates = arrays[0].mutableSpan
        var recurrent = second.mutableSpan
        var initial = third.mutableSpan
        kernels.recurrent.gruBackward(
          &gates, u.span, hidden: hidden.span, initialHidden: h.span, candidateSums: sums.span,
          hiddenGradient: upstream.span, recurrentGradient: &recurrent,
          initialHiddenGradient: &initial, shape)
        arrays += [second, third]
      }
    }
  }
}
