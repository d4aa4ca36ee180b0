import Backprop
import KernelSupport

// The recurrences of whole sequences, differentiable. A step's pullback needs the steps after it, so a whole
// sequence is one operation, and the weights' gradients are products over all steps at its end. The sums become
// gates where they lie, and these their own gradients: a pullback runs once, and takes what was kept for it.

extension Variable {
  /// A simple recurrent layer's states for the inputs x that this variable holds, [batch, time, in].
  ///
  ///     h[n, t] = f(x[n, t] W + b + h[n, t − 1] U)
  ///
  /// - Parameters:
  ///   - weights: W, [in, units]; U, [units, units]; b, [units].
  ///   - initialHidden: the state before the first step, [batch, units].
  ///   - activation: f.
  ///   - lengths: the length of each sequence; nil where none is padded.
  /// - Returns: h, [batch, time, units].
  func simpleRecurrence(
    _ weights: RecurrentWeights, from initialHidden: Variable, activation: RecurrentActivation,
    lengths: [Int]?
  ) -> Variable {
    let (kernels, inputs) = (Backend.current.recurrent, InputSums("SimpleRNN", self, weights))
    let (u, h0) = (weights.recurrent.value.elements, initialHidden.value.elements)
    let shape = inputs.shape(lengths)
    var states = inputs.computed()
    states.update {
      kernels.simpleRecurrence(&$0, u.span, initialHidden: h0.span, activation, shape)
    }
    let hidden = states
    return Variable(hidden, from: [self, initialHidden] + weights.all) { gradient in
      var initialGradient = Tensor(shape: initialHidden.value.shape)
      gradient.update { gradient in
        initialGradient.update {
          kernels.simpleRecurrenceBackward(
            hidden: hidden.elements.span, u.span, gradient: &gradient, initialHiddenGradient: &$0,
            activation, shape)
        }
      }
      inputs.addRecurrentGradient(gradient, hidden, initialHidden: h0)
      inputs.addGradients(gradient)
      initialHidden.addGradient(initialGradient)
    }
  }

  /// A long short-term memory's states for the inputs x that this variable holds, [batch, time, in].
  ///
  /// - Parameters:
  ///   - weights: W, [in, 4 · units]; U, [units, 4 · units]; b; the gates i, f, g, o one after the other.
  ///   - initialHidden: h before the first step, [batch, units].
  ///   - initialCell: c before the first step, [batch, units].
  ///   - lengths: the length of each sequence; nil where none is padded.
  /// - Returns: h, [batch, time, units], and the last c of every sequence, [batch, units].
  func lstm(
    _ weights: RecurrentWeights, from initialHidden: Variable, cell initialCell: Variable,
    lengths: [Int]?
  ) -> (hidden: Variable, cell: Variable) {
    let (kernels, inputs) = (Backend.current.recurrent, InputSums("LSTM", self, weights))
    let u = weights.recurrent.value.elements
    let (h0, c0) = (initialHidden.value.elements, initialCell.value.elements)
    let shape = inputs.shape(lengths)
    let sequence = [shape.batch, shape.time, shape.units]
    var (gates, states, cells) = (
      inputs.computed(), Tensor(shape: sequence), Tensor(shape: sequence)
    )
    gates.update { gates in
      states.update { states in
        cells.update {
          kernels.lstm(
            &gates, u.span, initialHidden: h0.span, initialCell: c0.span, hidden: &states,
            cell: &$0, shape)
        }
      }
    }
    let (hidden, cell) = (states, cells)
    var kept = Optional(consume gates)
    let later = LaterGradient(shape: [shape.batch, shape.units])
    let output = Variable(hidden, from: [self, initialHidden, initialCell] + weights.all) {
      gradient in
      guard var sums = kept.take() else { return }
      var cellGradient = later.value
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
      inputs.addRecurrentGradient(sums, hidden, initialHidden: h0)
      inputs.addGradients(sums)
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

  /// A gated recurrent unit's states for the inputs x that this variable holds, [batch, time, in].
  ///
  /// - Parameters:
  ///   - weights: W, [in, 3 · units]; U, [units, 3 · units]; b; the gates r, z, n one after the other.
  ///   - recurrentBias: the bias within the reset gate's reach, [units].
  ///   - initialHidden: h before the first step, [batch, units].
  ///   - lengths: the length of each sequence; nil where none is padded.
  /// - Returns: h, [batch, time, units].
  func gru(
    _ weights: RecurrentWeights, recurrentBias: Variable, from initialHidden: Variable,
    lengths: [Int]?
  ) -> Variable {
    let (kernels, inputs) = (Backend.current.recurrent, InputSums("GRU", self, weights))
    let products = Backend.current.matrix
    let (u, b) = (weights.recurrent.value.elements, recurrentBias.value.elements)
    let h0 = initialHidden.value.elements
    let shape = inputs.shape(lengths)
    let sequence = [shape.batch, shape.time, shape.units]
    var (gates, states, sums) = (
      inputs.computed(), Tensor(shape: sequence), Tensor(shape: sequence)
    )
    gates.update { gates in
      states.update { states in
        sums.update {
          kernels.gru(
            &gates, u.span, recurrentBias: b.span, initialHidden: h0.span, hidden: &states,
            candidateSums: &$0, shape)
        }
      }
    }
    let (hidden, candidateSums) = (states, sums)
    var kept = Optional(consume gates)
    return Variable(hidden, from: [self, recurrentBias, initialHidden] + weights.all) { gradient in
      guard var inputGradient = kept.take() else { return }
      var recurrentGradient = Tensor(shape: inputGradient.shape)
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
      inputs.addRecurrentGradient(recurrentGradient, hidden, initialHidden: h0)
      if recurrentBias.needsGradient {
        var biasGradient = Tensor(shape: [3 * shape.units])
        biasGradient.update {
          products.columnSums(recurrentGradient.elements.span, into: &$0, accumulating: false)
        }
        let ofCandidate = Array(biasGradient.elements[(2 * shape.units)...])
        recurrentBias.addGradient(Tensor(ofCandidate, shape: [shape.units]))
      }
      inputs.addGradients(inputGradient)
      initialHidden.addGradient(initialGradient)
    }
  }
}

/// A gradient that arrives before the pullback that needs it; zeros if none does.
private final class LaterGradient {
  var value: Tensor

  init(shape: [Int]) { value = Tensor(shape: shape) }
}
