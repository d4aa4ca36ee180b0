import Backprop
import KernelSupport

// The recurrences of whole sequences, differentiable. A step's pullback needs the steps after it, so a whole
// sequence is one operation, and the weights' gradients are one product over all steps at its end.

extension Variable {
  /// A simple recurrent layer's states, of which this variable holds x W + b.
  ///
  ///     h[n, t] = f(z[n, t] + h[n, t − 1] U)
  ///
  /// - Parameters:
  ///   - weight: U, [units, units].
  ///   - initialHidden: the state before the first step, [batch, units].
  ///   - activation: f.
  ///   - lengths: the length of each sequence; nil where none is padded.
  /// - Returns: h, [batch, time, units].
  public func simpleRecurrence(
    _ weight: Variable, from initialHidden: Variable, activation: RecurrentActivation,
    lengths: [Int]? = nil
  ) -> Variable {
    let shape = recurrentShape("simpleRecurrence", gates: 1, weight, lengths)
    let (kernels, products) = (Backend.current.recurrent, Backend.current.matrix)
    let (u, h0) = (weight.value.elements, initialHidden.value.elements)
    var states = value
    states.update {
      kernels.simpleRecurrence(&$0, u.span, initialHidden: h0.span, activation, shape)
    }
    let hidden = states
    return Variable(states, from: [self, weight, initialHidden]) { [self] gradient in
      var initialGradient = Tensor(shape: initialHidden.value.shape)
      gradient.update { gradient in
        initialGradient.update {
          kernels.simpleRecurrenceBackward(
            hidden: hidden.elements.span, u.span, gradient: &gradient, initialHiddenGradient: &$0,
            activation, shape)
        }
      }
      addRecurrentGradient(gradient, to: weight, hidden, initialHidden: h0, products)
      addGradient(gradient)
      initialHidden.addGradient(initialGradient)
    }
  }

  /// A long short-term memory's states, of which this variable holds x W + b.
  ///
  /// - Parameters:
  ///   - weight: U, [units, 4 · units]; the gates i, f, g, o one after the other.
  ///   - initialHidden: h before the first step, [batch, units].
  ///   - initialCell: c before the first step, [batch, units].
  ///   - lengths: the length of each sequence; nil where none is padded.
  /// - Returns: h, [batch, time, units], and the last c of every sequence, [batch, units].
  public func lstm(
    _ weight: Variable, from initialHidden: Variable, cell initialCell: Variable,
    lengths: [Int]? = nil
  ) -> (hidden: Variable, cell: Variable) {
    let shape = recurrentShape("lstm", gates: 4, weight, lengths)
    let (kernels, products) = (Backend.current.recurrent, Backend.current.matrix)
    let u = weight.value.elements
    let (h0, c0) = (initialHidden.value.elements, initialCell.value.elements)
    let sequence = [shape.batch, shape.time, shape.units]
    var (gates, states, cells) = (value, Tensor(shape: sequence), Tensor(shape: sequence))
    gates.update { gates in
      states.update { states in
        cells.update {
          kernels.lstm(
            &gates, u.span, initialHidden: h0.span, initialCell: c0.span, hidden: &states,
            cell: &$0, shape)
        }
      }
    }
    let (keptGates, hidden, cell) = (gates, states, cells)
    let later = LaterGradient(shape: [shape.batch, shape.units])
    let output = Variable(states, from: [self, weight, initialHidden, initialCell]) {
      [self] gradient in
      var (sums, cellGradient) = (keptGates, later.value)
      var initialGradient = Tensor(shape: initialHidden.value.shape)
      sums.update { sums in
        cellGradient.update { cellGradient in
          initialGradient.update {
            kernels.lstmBackward(
              &sums, u.span, cell: cell.elements.span, initialCell: c0.span,
              hiddenGradient: gradient.elements.span, initialHiddenGradient: &$0,
              cellGradient: &cellGradient, shape)
          }
        }
      }
      addRecurrentGradient(sums, to: weight, hidden, initialHidden: h0, products)
      addGradient(sums)
      initialHidden.addGradient(initialGradient)
      initialCell.addGradient(cellGradient)
    }
    let last = Tensor(
      (0..<shape.batch).flatMap { sequence in
        let end = (sequence + 1) * shape.time * shape.units
        return shape.time == 0
          ? c0[sequence * shape.units..<(sequence + 1) * shape.units]
          : cell.elements[end - shape.units..<end]
      }, shape: [shape.batch, shape.units])
    // The last c goes the way of h: its gradient waits until the pullback above runs, which is later.
    let lastCell = Variable(last, from: [output]) { gradient in
      later.value = gradient
      output.addGradient(Tensor(shape: sequence))
    }
    return (output, lastCell)
  }

  /// A gated recurrent unit's states, of which this variable holds x W + b.
  ///
  /// - Parameters:
  ///   - weight: U, [units, 3 · units]; the gates r, z, n one after the other.
  ///   - recurrentBias: the bias within the reset gate's reach, [units].
  ///   - initialHidden: h before the first step, [batch, units].
  ///   - lengths: the length of each sequence; nil where none is padded.
  /// - Returns: h, [batch, time, units].
  public func gru(
    _ weight: Variable, recurrentBias: Variable, from initialHidden: Variable,
    lengths: [Int]? = nil
  ) -> Variable {
    let shape = recurrentShape("gru", gates: 3, weight, lengths)
    let (kernels, products) = (Backend.current.recurrent, Backend.current.matrix)
    let (u, b) = (weight.value.elements, recurrentBias.value.elements)
    let h0 = initialHidden.value.elements
    let sequence = [shape.batch, shape.time, shape.units]
    var (gates, states, sums) = (value, Tensor(shape: sequence), Tensor(shape: sequence))
    gates.update { gates in
      states.update { states in
        sums.update {
          kernels.gru(
            &gates, u.span, recurrentBias: b.span, initialHidden: h0.span, hidden: &states,
            candidateSums: &$0, shape)
        }
      }
    }
    let (keptGates, hidden, candidateSums) = (gates, states, sums)
    return Variable(states, from: [self, weight, recurrentBias, initialHidden]) { [self] gradient in
      var (inputGradient, recurrentGradient) = (keptGates, Tensor(shape: keptGates.shape))
      var initialGradient = Tensor(shape: initialHidden.value.shape)
      inputGradient.update { inputGradient in
        recurrentGradient.update { recurrentGradient in
          initialGradient.update {
            kernels.gruBackward(
              &inputGradient, u.span, hidden: hidden.elements.span, initialHidden: h0.span,
              candidateSums: candidateSums.elements.span,
              hiddenGradient: gradient.elements.span, recurrentGradient: &recurrentGradient,
              initialHiddenGradient: &$0, shape)
          }
        }
      }
      addRecurrentGradient(recurrentGradient, to: weight, hidden, initialHidden: h0, products)
      if recurrentBias.needsGradient {
        var biasGradient = Tensor(shape: [3 * shape.units])
        biasGradient.update {
          products.columnSums(recurrentGradient.elements.span, into: &$0, accumulating: false)
        }
        let ofCandidate = Array(biasGradient.elements[(2 * shape.units)...])
        recurrentBias.addGradient(Tensor(ofCandidate, shape: [shape.units]))
      }
      addGradient(inputGradient)
      initialHidden.addGradient(initialGradient)
    }
  }

  /// The sizes of a recurrence over this variable.
  private func recurrentShape(
    _ operation: String, gates: Int, _ weight: Variable, _ lengths: [Int]?
  ) -> RecurrentShape {
    let units = weight.value.rows
    precondition(
      value.shape.count == 3 && weight.value.shape == [units, gates * units]
        && value.columns == gates * units,
      "\(operation): sums of shape \(value.shape) and recurrent weights of \(weight.value.shape)")
    return RecurrentShape(
      batch: value.shape[0], time: value.shape[1], units: units, lengths: lengths)
  }
}

/// Adds to ∂L/∂U what all steps contribute: (the states before each step)ᵀ × (the gradients of its sums).
///
/// One product of two tall matrices, where a product a step would read and write U's gradient as often.
private func addRecurrentGradient(
  _ sums: Tensor, to weight: Variable, _ hidden: Tensor, initialHidden: [Scalar],
  _ products: any MatrixKernels.Type
) {
  guard weight.needsGradient else { return }
  let (batch, time, units) = (hidden.shape[0], hidden.shape[1], hidden.columns)
  let before = Tensor(shape: hidden.shape) { before in
    let states = hidden.elements.span
    for n in 0..<batch {
      for t in 0..<time {
        let place = (n * time + t) * units
        for j in 0..<units {
          before[place + j] = t == 0 ? initialHidden[n * units + j] : states[place - units + j]
        }
      }
    }
  }
  weight.accumulateGradient {
    products.matrixProduct(
      before.elements.span, sums.elements.span, into: &$0,
      MatrixProductShape(
        rows: units, columns: sums.columns, inner: batch * time, leftTransposed: true),
      accumulating: $1)
  }
}

/// A gradient that arrives before the pullback that needs it; zeros if none does.
private final class LaterGradient {
  var value: Tensor

  init(shape: [Int]) { value = Tensor(shape: shape) }
}
