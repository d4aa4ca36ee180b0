import Backprop
import KernelSupport

extension VariationalAutoencoder {
  /// ln p(x) of every example of a model with one or two latent numbers, by adding up over a grid of them.
  ///
  ///     p(x) = ∫ p(x | z) N(z; 0, 1) dz ≈ Σ_z p(x | z) N(z; 0, 1) Δ
  ///
  /// No encoder takes part, and nothing is random: with a grid that is fine enough this is the exact value, which
  /// bounds can be held against.
  ///
  /// - Parameters:
  ///   - data: x, [count, data]; 0 and 1 for a Bernoulli likelihood.
  ///   - pointCount: how many values each latent number gets, at least 2.
  ///   - reach: the largest of them; the least is its negative.
  /// - Precondition: at most two latent numbers, and no classes.
  public func gridLogLikelihood(
    _ data: Tensor, pointCount: Int, reach: Scalar = 5
  ) -> [Double] {
    precondition(
      latentCount <= 2 && classCount == 0 && pointCount >= 2,
      "gridLogLikelihood: \(latentCount) latent numbers, \(classCount) classes, \(pointCount) points"
    )
    let step = 2 * reach / Scalar(pointCount - 1)
    let ticks = (0..<pointCount).map { -reach + step * Scalar($0) }
    let cell = Double(latentCount) * naturalLogarithm(Double(step))
    var sums = [[Double]](repeating: [], count: data.rows)
    for first in latentCount == 2 ? ticks : [0] {
      let z = ticks.map { latentCount == 2 ? [first, $0] : [$0] }
      let output = Variable.withoutGradients {
        decoded(Variable(Tensor(z.flatMap(\.self), shape: [pointCount, latentCount]))).value
      }
      let prior = z.map { point in
        point.reduce(cell) { $0 - Double($1 * $1) / 2 - Double(logRootTwoPi) }
      }
      let table = logLikelihoods(of: data, output)
      for row in 0..<data.rows {
        sums[row].append(
          logSumExp(zip(table.row(row), prior).lazy.map { Double($0.0) + $0.1 }))
      }
    }
    return sums.map { logSumExp($0) }
  }

  /// ln p(x | z) of every example for every output, [data, outputs].
  private func logLikelihoods(of data: Tensor, _ output: Tensor) -> Tensor {
    var row = [Scalar](repeating: 0, count: output.rows)
    var table: Tensor
    switch likelihood {
    case .bernoulli:
      // Σ (x logit − ln(1 + e^logit)): a product and a number an output.
      table = product(data, output, rightTransposed: true)
      let zeros = [Scalar](repeating: 0, count: output.columns)
      var span = row.mutableSpan
      Backend.current.bernoulli.softplusSums(
        output.elements.span, bias: zeros.span, scale: 1, into: &span)
      row = row.map { -$0 }
    case .gaussian(let standardDeviation):
      let precision = 1 / (standardDeviation * standardDeviation)
      let constant = -Scalar(data.columns) * (Scalar.log(standardDeviation) + logRootTwoPi)
      table = product(data, output, rightTransposed: true)
      table = Tensor(
        table.elements.enumerated().map { index, overlap in
          let x = data.row(index / output.rows)
          return precision * (overlap - dot(x, x) / 2) + constant
        }, shape: table.shape)
      row = (0..<output.rows).map { -precision / 2 * dot(output.row($0), output.row($0)) }
    }
    table.update { Backend.current.matrix.addRow(row.span, to: &$0) }
    return table
  }
}
