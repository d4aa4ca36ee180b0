import Backprop
import KernelSupport

/// The distribution of the data that a decoder's outputs describe.
public enum Likelihood: Hashable, Sendable {
  /// Every number is 0 or 1; the output is its logit.
  case bernoulli
  /// Every number is normal with this standard deviation; the output is its mean.
  case gaussian(standardDeviation: Scalar)
}

extension Variable {
  /// The log-likelihood of every row of a target, in nats, summed over the row: ln p(target | this).
  ///
  /// - Parameters:
  ///   - target: t, of this variable's shape; no gradient flows to it.
  ///   - likelihood: what this variable says about the target.
  /// - Returns: [rows].
  public func logLikelihood(of target: Tensor, _ likelihood: Likelihood) -> Variable {
    precondition(
      target.shape == value.shape,
      "logLikelihood: a target of shape \(target.shape) for outputs of \(value.shape)")
    switch likelihood {
    case .bernoulli: return bernoulliLogLikelihood(target)
    case .gaussian(let standardDeviation):
      return gaussianLogLikelihood(target, standardDeviation)
    }
  }

  private func bernoulliLogLikelihood(_ target: Tensor) -> Variable {
    let kernels = Backend.current.bernoulli
    let logits = value
    let (x, t) = (logits.elements, target.elements)
    let rows = Tensor(shape: [value.rows]) {
      kernels.bernoulliLogLikelihood(logits: x.span, t.span, into: &$0)
    }
    return Variable(rows, from: [self]) { [self] upstream in
      let slopes = upstream.elements
      var gradient = logits
      gradient.update {
        kernels.bernoulliLogLikelihoodBackward(
          target: t.span, upstream: slopes.span, gradient: &$0)
      }
      addGradient(gradient)
    }
  }

  /// Σⱼ (−½ ((xⱼ − tⱼ) / s)² − ln s − ½ ln 2π), of operations that exist already.
  private func gaussianLogLikelihood(_ target: Tensor, _ standardDeviation: Scalar) -> Variable {
    precondition(
      standardDeviation > 0, "logLikelihood: a standard deviation of \(standardDeviation)")
    let difference = (1 / standardDeviation) * (self - Variable(target))
    let halves = Variable(Tensor(repeating: -0.5, shape: [value.columns, 1]))
    let constant = -Scalar(value.columns) * (Scalar.log(standardDeviation) + logRootTwoPi)
    return (difference * difference).matrixProduct(halves).reshaped([value.rows])
      + Variable(Tensor(repeating: constant, shape: [value.rows]))
  }
}

/// ½ ln 2π.
let logRootTwoPi: Scalar = 0.918_938_533_204_672_7
