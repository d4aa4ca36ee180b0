import KernelSupport

/// A simple recurrent network and its gradients by hand: back-propagation through time in plain loops.
///
///     z[t] = x[t] W + h[t − 1] U + b,   h[t] = tanh z[t],   y[t] = softmax(h[t] V + c)
///     L = −1/T Σ_t ln y[t][target[t]]
///
/// One sequence, every index visible: what `SimpleRNN` and `Variable` do by kernels and pullbacks.
///
/// Source: Werbos, "Backpropagation Through Time: What It Does and How to Do It", Proc. IEEE 78, 1990.
public struct HandwrittenRNN {
  /// W, a row for every input.
  public var inputWeight: [[Scalar]]
  /// U, a row for every unit.
  public var recurrentWeight: [[Scalar]]
  /// b.
  public var bias: [Scalar]
  /// V, a row for every unit.
  public var outputWeight: [[Scalar]]
  /// c.
  public var outputBias: [Scalar]

  /// Creates a network of given weights; its initial state is 0.
  public init(
    inputWeight: [[Scalar]], recurrentWeight: [[Scalar]], bias: [Scalar],
    outputWeight: [[Scalar]], outputBias: [Scalar]
  ) {
    self.inputWeight = inputWeight
    self.recurrentWeight = recurrentWeight
    self.bias = bias
    self.outputWeight = outputWeight
    self.outputBias = outputBias
  }

  /// The same network with zeros in place of its weights, as gradients begin.
  private var zeros: HandwrittenRNN {
    func zeros(_ rows: [[Scalar]]) -> [[Scalar]] { rows.map { $0.map { _ in 0 } } }
    return HandwrittenRNN(
      inputWeight: zeros(inputWeight), recurrentWeight: zeros(recurrentWeight),
      bias: bias.map { _ in 0 }, outputWeight: zeros(outputWeight),
      outputBias: outputBias.map { _ in 0 })
  }

  /// The states after each step.
  ///
  /// - Parameter inputs: x[0], x[1], …
  public func states(_ inputs: [[Scalar]]) -> [[Scalar]] {
    var state = bias.map { _ in Scalar(0) }
    return inputs.map { x in
      state = bias.indices.map { j in
        var sum = bias[j]
        for i in x.indices { sum += x[i] * inputWeight[i][j] }
        for k in state.indices { sum += state[k] * recurrentWeight[k][j] }
        return Scalar.tanh(sum)
      }
      return state
    }
  }

  /// The probabilities after a step.
  ///
  /// - Parameter state: h[t].
  public func probabilities(_ state: [Scalar]) -> [Scalar] {
    let logits = outputBias.indices.map { o in
      state.indices.reduce(outputBias[o]) { $0 + state[$1] * outputWeight[$1][o] }
    }
    let largest = logits.max() ?? 0
    let powers = logits.map { Scalar.exp($0 - largest) }
    let sum = powers.reduce(0, +)
    return powers.map { $0 / sum }
  }

  /// The mean loss of a sequence, and its gradient with respect to all weights.
  ///
  /// - Parameters:
  ///   - inputs: x[0], x[1], …: at least one.
  ///   - targets: the right answer of each step.
  ///   - truncation: after how many steps the way back is cut, counted from the beginning: states cross the
  ///     cut, gradients do not. nil cuts nowhere.
  /// - Returns: the loss, and a network that holds ∂L/∂w in the place of each weight w.
  public func gradients(
    _ inputs: [[Scalar]], targets: [Int], truncation: Int? = nil
  ) -> (loss: Scalar, gradients: HandwrittenRNN) {
    precondition(
      !inputs.isEmpty && inputs.count == targets.count,
      "HandwrittenRNN.gradients: \(inputs.count) inputs and \(targets.count) targets")
    let states = states(inputs)
    let share = 1 / Scalar(inputs.count)
    var (loss, gradients): (Scalar, HandwrittenRNN) = (0, zeros)
    var flowing = bias.map { _ in Scalar(0) }
    for t in inputs.indices.reversed() {
      // The answer: ∂L/∂logit = (y − 1 at the target) / T.
      let y = probabilities(states[t])
      loss -= share * Scalar.log(y[targets[t]])
      let errors = y.indices.map { share * (y[$0] - ($0 == targets[t] ? 1 : 0)) }
      var dh = flowing
      for o in errors.indices {
        gradients.outputBias[o] += errors[o]
        for j in dh.indices {
          gradients.outputWeight[j][o] += states[t][j] * errors[o]
          dh[j] += outputWeight[j][o] * errors[o]
        }
      }
      // The state: through tanh, then to what it was made of. The weights are the same in every step, so +=.
      let dz = dh.indices.map { dh[$0] * (1 - states[t][$0] * states[t][$0]) }
      for j in dz.indices {
        gradients.bias[j] += dz[j]
        for i in inputs[t].indices { gradients.inputWeight[i][j] += inputs[t][i] * dz[j] }
        if t > 0 {
          for k in dz.indices { gradients.recurrentWeight[k][j] += states[t - 1][k] * dz[j] }
        }
      }
      let isCut = truncation.map { t % $0 == 0 } ?? false
      flowing = dz.indices.map { k in
        isCut ? 0 : dz.indices.reduce(0) { $0 + recurrentWeight[k][$1] * dz[$1] }
      }
    }
    return (loss, gradients)
  }
}
