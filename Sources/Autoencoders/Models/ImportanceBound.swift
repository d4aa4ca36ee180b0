import Backprop
import KernelSupport

extension VariationalAutoencoder {
  /// Estimates ln p(x) of every example from several draws of z: the importance-weighted bound.
  ///
  ///     w_k = p(x | z_k) p(z_k) / q(z_k | x),   z_k ~ q(z | x)
  ///     ln p(x) ≥ E[ln 1/K Σ_k w_k] ≥ E[ln w]
  ///
  /// One draw gives the evidence lower bound; the more there are, the closer the estimate comes to ln p(x),
  /// always from below in the mean.
  ///
  /// - Parameters:
  ///   - data: x, [count, data].
  ///   - labels: the class of each example; none for a model without classes.
  ///   - drawCount: K, at least 1.
  ///   - seed: decides the noise.
  /// - Returns: an estimate for each example, in nats.
  ///
  /// Source: Burda, Grosse and Salakhutdinov, "Importance Weighted Autoencoders", ICLR 2016.
  public func importanceBound(
    _ data: Tensor, labels: [Int] = [], drawCount: Int, seed: UInt64
  ) -> [Scalar] {
    precondition(drawCount >= 1, "importanceBound: \(drawCount) draws")
    var generator = SeededGenerator(seed: seed)
    return Variable.withoutGradients {
      (0..<data.rows).map { index in
        let logWeights = logWeights(
          data.row(index), label: labels.isEmpty ? nil : labels[index], drawCount: drawCount,
          seed: generator.next())
        return Scalar(logMeanExp(logWeights))
      }
    }
  }

  /// ln w_k of one example.
  private func logWeights(
    _ example: ArraySlice<Scalar>, label: Int?, drawCount: Int, seed: UInt64
  ) -> [Scalar] {
    let labels = label.map { [$0] } ?? []
    let moments = moments(Tensor(Array(example), shape: [1, example.count]), labels: labels).value
    let noise = Tensor.standardNormal(shape: [drawCount, latentCount], seed: seed)
    let z = Variable(repeated(moments.row(0), drawCount)).gaussianSample(noise: noise)
    let logLikelihood = decoded(z, labels: labels.flatMap { repeatElement($0, count: drawCount) })
      .logLikelihood(of: repeated(example, drawCount), likelihood).value.elements
    let logVariances = moments.elements[latentCount...].reduce(0, +)
    return (0..<drawCount).map { k in
      // ln p(z) − ln q(z | x) = ½ Σ (ε² + ℓ − z²): the constants cancel.
      let squares = zip(noise.row(k), z.value.row(k)).reduce(0) { $0 + $1.0 * $1.0 - $1.1 * $1.1 }
      return logLikelihood[k] + (squares + logVariances) / 2
    }
  }
}

/// The same row so many times.
private func repeated(_ row: ArraySlice<Scalar>, _ count: Int) -> Tensor {
  Tensor(
    Array(repeatElement(row, count: count).joined()), shape: [count, row.count])
}

/// ln of the mean of e^x, without overflow and in double precision.
///
///     ln 1/n Σᵢ e^{xᵢ} = m + ln 1/n Σᵢ e^{xᵢ − m},   m the largest x
///
/// - Parameter x: at least one number.
public func logMeanExp(_ x: [Scalar]) -> Double {
  logSumExp(x.lazy.map { Double($0) }) - naturalLogarithm(Double(x.count))
}
