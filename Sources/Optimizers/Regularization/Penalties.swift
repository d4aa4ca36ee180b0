import Backprop
import KernelSupport
import Perceptrons

// Penalties are terms of the loss:
//
//     let weights = parameters.filter { $0.name.hasSuffix("weight") }
//     let loss = network(images).softmaxCrossEntropy(labels) + weights.l2Penalty(1e-4)
//
// An optimizer's `weightDecay` is not always the same. For `SGD` a penalty of ½ α ‖w‖² has the gradient
// α w, and so shrinks a weight by η α of itself: L2 and weight decay are one. `Adam` divides that gradient
// by the size of all gradients, so weights with large gradients are hardly shrunk; `AdamW` and `Lion` apply
// the decay to the weight itself, beside the gradient.

extension Array<NamedParameter> {
  /// α ‖w‖₁, to be added to a loss: it pulls every weight towards 0 with the same force, so that many
  /// arrive there.
  ///
  /// - Parameter strength: α, at least 0.
  /// - Precondition: there are parameters.
  public func l1Penalty(_ strength: Scalar) -> Variable {
    penalty(strength) { $0.sumOfMagnitudes() }
  }

  /// ½ α ‖w‖², to be added to a loss: it pulls large weights harder than small ones.
  ///
  /// - Parameter strength: α, at least 0; its gradient is α w.
  /// - Precondition: there are parameters.
  public func l2Penalty(_ strength: Scalar) -> Variable {
    penalty(strength / 2) { $0.sumOfSquares() }
  }

  private func penalty(_ factor: Scalar, _ norm: (Variable) -> Variable) -> Variable {
    precondition(!isEmpty && factor >= 0, "penalty: \(count) parameters, strength \(factor)")
    return factor * dropFirst().reduce(norm(self[0].variable)) { $0 + norm($1.variable) }
  }
}

extension Variable {
  /// Σᵢ |xᵢ|: a single number; its slope at 0 counts as 0.
  public func sumOfMagnitudes() -> Variable {
    let (elements, kernels) = (value.elements, Backend.current.regularization)
    let sum = kernels.sumOfMagnitudes(elements.span)
    return Variable(Tensor(sum), from: [self]) { [self] upstream in
      let factor = upstream.number
      addToGradient {
        kernels.sumOfMagnitudesBackward(elements.span, upstream: factor, gradient: &$0)
      }
    }
  }

  /// Σᵢ xᵢ²: a single number.
  public func sumOfSquares() -> Variable {
    let (elements, kernels) = (value.elements, Backend.current.vector)
    let sum = kernels.dot(elements.span, elements.span)
    return Variable(Tensor(sum), from: [self]) { [self] upstream in
      let factor = 2 * upstream.number
      addToGradient { kernels.addScaled(elements.span, by: factor, to: &$0) }
    }
  }

  /// Lets a kernel that adds do so where the gradient lies: a penalty needs no tensor of its own.
  private func addToGradient(_ kernel: (_ gradient: inout MutableSpan<Scalar>) -> Void) {
    accumulateGradient { gradient, accumulating in
      if !accumulating { for i in gradient.indices { gradient[i] = 0 } }
      kernel(&gradient)
    }
  }
}
