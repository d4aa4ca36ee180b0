import Backprop
import KernelSupport

extension Linearizable {
  /// ∇ₓ s of every example, as a network of this critic's weights.
  ///
  /// - Parameter input: x, [examples, …].
  /// - Returns: the scores s, [examples, 1], and ∂s[i]/∂x[i, …], of the input's shape.
  /// - Precondition: the score of an example depends on that example only, which a batch normalisation breaks.
  public func scoresAndInputGradients(
    at input: Variable
  ) -> (scores: Variable, gradients: Variable) {
    let critic = linearized(at: input)
    let ones = Tensor(repeating: 1, shape: critic.output.value.shape)
    return (critic.output, critic.pullback(Variable(ones)))
  }

  /// The gradient penalty: how far the critic's slope is from 1, between real and fake examples.
  ///
  ///     x̂[i] = α[i] real[i] + (1 − α[i]) fake[i],   α[i] uniform in [0, 1), one for a whole example
  ///     penalty = mean (‖∇ s(x̂[i])‖ − 1)²
  ///
  /// The norm is over all numbers of an example. The gradient with respect to the weights is exact: ∇ s is
  /// written as a network of the same weights, so this loss is differentiated like any other.
  ///
  /// - Parameters:
  ///   - real: [examples, …].
  ///   - fake: of the same shape.
  ///   - isOneSided: whether only slopes above 1 cost: mean max(0, ‖∇ s‖ − 1)².
  ///   - generator: draws the α.
  ///
  /// Source: Gulrajani et al., "Improved Training of Wasserstein GANs", NIPS 2017, equation 3.
  public func gradientPenalty(
    between real: Tensor, and fake: Tensor, isOneSided: Bool = false,
    using generator: inout some RandomNumberGenerator
  ) -> Variable {
    let points = Tensor.interpolated(real, fake, using: &generator)
    let norms = scoresAndInputGradients(at: Variable(points)).gradients.exampleNorms()
    let excess = norms - 1
    let paid = isOneSided ? excess.relu() : excess
    return (paid * paid).mean()
  }
}

extension Tensor {
  /// Points between the examples of two batches, a uniform random share of the way for each.
  ///
  /// - Parameters:
  ///   - first: [examples, …].
  ///   - second: of the same shape.
  ///   - generator: draws one share an example.
  public static func interpolated(
    _ first: Tensor, _ second: Tensor, using generator: inout some RandomNumberGenerator
  ) -> Tensor {
    precondition(
      first.shape == second.shape && !first.shape.isEmpty,
      "interpolated: batches of shapes \(first.shape) and \(second.shape)")
    let examples = max(1, first.shape[0])
    let length = first.count / examples
    var elements: [Scalar] = []
    elements.reserveCapacity(first.count)
    for example in 0..<first.shape[0] {
      let share = generator.uniform()
      for index in example * length..<(example + 1) * length {
        elements.append(share * first.elements[index] + (1 - share) * second.elements[index])
      }
    }
    return Tensor(elements, shape: first.shape)
  }
}
