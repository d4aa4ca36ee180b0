import Backprop
import KernelSupport

/// A running mean of parameters: the weights of the last steps together, for a network to be used with while
/// training goes on with its own.
///
///     ŵ ← β ŵ + (1 − β) w   after every step;   the mean is ŵ / (1 − βᵗ), as that of Adam's gradients
///
///     var average = WeightAverage(decay: 0.99)
///     trainer.run(epochs: 5) { … } afterStep: { trainer, _ in average.add(trainer.parameters) }
///     average.exchange(with: trainer.parameters)   // the network has the means now
///     average.exchange(with: trainer.parameters)   // and its own weights again
///
/// Steps with a constant rate end up around a minimum, not in it; their mean is closer.
///
/// Source: Polyak and Juditsky, "Acceleration of stochastic approximation by averaging", 1992; the exponential
/// form as in Tarvainen and Valpola, "Mean teachers are better role models", NeurIPS 2017.
public struct WeightAverage: Sendable {
  /// β: how much of the mean a step keeps; it reaches back some 1 / (1 − β) steps.
  public let decay: Scalar

  /// ŵ of every parameter; nothing before the first step.
  private var sums: [Tensor] = []
  /// 1 − βᵗ: what the weights of all steps in ŵ add up to.
  private var total: Scalar = 0
  /// The parameters' own values while they have the means.
  private var own: [Tensor] = []

  /// Creates a mean of nothing.
  ///
  /// - Parameter decay: β, in [0, 1).
  public init(decay: Scalar) {
    precondition((0..<1).contains(decay), "WeightAverage: a decay of \(decay), not in [0, 1)")
    self.decay = decay
  }

  /// Takes the parameters of a step into the mean.
  ///
  /// - Parameter parameters: the same ones in every step, with their own values.
  public mutating func add(_ parameters: [NamedParameter]) {
    precondition(
      own.isEmpty, "WeightAverage.add: the parameters have the means, not their own values")
    if sums.isEmpty { sums = parameters.map { Tensor(shape: $0.variable.value.shape) } }
    precondition(
      sums.map(\.shape) == parameters.map(\.variable.value.shape),
      "WeightAverage.add: shapes \(parameters.map(\.variable.value.shape)) after \(sums.map(\.shape))"
    )
    let (kept, share) = (decay, 1 - decay)
    for (index, parameter) in parameters.enumerated() {
      let elements = parameter.variable.value.elements
      sums[index].update { sum in
        let values = elements.span
        for i in sum.indices { sum[i] = kept * sum[i] + share * values[i] }
      }
    }
    total = kept * total + share
  }

  /// Gives the parameters the means, or where they have them, their own values again.
  ///
  /// - Parameter parameters: those of the steps.
  /// - Precondition: there was a step.
  public mutating func exchange(with parameters: [NamedParameter]) {
    precondition(
      total > 0 && parameters.count == sums.count,
      "WeightAverage.exchange: \(parameters.count) parameters, means of \(sums.count)")
    if own.isEmpty {
      own = parameters.map(\.variable.value)
      for (parameter, sum) in zip(parameters, sums) {
        let means = sum.elements.map { $0 / total }
        parameter.variable.setValue(Tensor(means, shape: sum.shape))
      }
    } else {
      for (parameter, value) in zip(parameters, own) { parameter.variable.setValue(value) }
      own = []
    }
  }
}
