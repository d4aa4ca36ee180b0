import Backprop
import KernelSupport

/// What the inputs contribute to the sums of all steps, z = x W + b: one product for whole sequences, and on the way
/// back one for each gradient.
///
/// The sums are no variable of their own, since nobody needs them once they have become gates: a layer keeps a
/// tensor of this size where product, bias and gates in three operations would keep three.
struct InputSums {
  private let x: Variable
  private let weights: RecurrentWeights
  private let product: DenseProduct

  /// Captures the operands.
  ///
  /// - Parameters:
  ///   - layer: the layer's name, for messages.
  ///   - x: the inputs, [batch, time, in].
  ///   - weights: W, [in, gates · units], and b among them.
  init(_ layer: String, _ x: Variable, _ weights: RecurrentWeights) {
    precondition(
      x.value.shape.count == 3 && x.value.columns == weights.input.value.rows,
      "\(layer): an input of shape \(x.value.shape) for \(weights.input.value.rows) inputs")
    self.x = x
    self.weights = weights
    product = DenseProduct(x, weights.input, bias: weights.bias)
  }

  /// The sizes of the recurrence.
  func shape(_ lengths: [Int]?) -> RecurrentShape {
    RecurrentShape(
      batch: x.value.shape[0], time: x.value.shape[1], units: weights.recurrent.value.rows,
      lengths: lengths)
  }

  /// x W + b, [batch, time, gates · units].
  func computed() -> Tensor { product.computed() }

  /// Adds what ∂L/∂z says of x, W and b.
  func addGradients(_ gradient: Tensor) { product.addGradients(gradient) }

  /// Adds to ∂L/∂U what all steps contribute: (the states before each step)ᵀ × (the gradients of its sums).
  ///
  /// One product of two tall matrices, where a product a step would read and write U's gradient as often.
  func addRecurrentGradient(_ sums: Tensor, _ hidden: Tensor, initialHidden: [Scalar]) {
    let (batch, time, units) = (hidden.shape[0], hidden.shape[1], hidden.columns)
    guard weights.recurrent.needsGradient else { return }
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
    weights.recurrent.accumulateGradient {
      product.kernels.matrixProduct(
        before.elements.span, sums.elements.span, into: &$0,
        MatrixProductShape(
          rows: units, columns: sums.columns, inner: batch * time, leftTransposed: true),
        accumulating: $1)
    }
  }
}
