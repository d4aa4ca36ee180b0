import Backprop
import KernelSupport

/// A mixture of templates: an example is drawn by choosing one and then each pixel by itself.
///
///     p(x) = Σ_k w_k Πᵢ p_kᵢ^{xᵢ} (1 − p_kᵢ)^{1 − xᵢ}
///
/// With one template it is the model of independent pixels, which knows nothing but how dark each one is: the
/// bottom of every comparison.
public struct BernoulliMixture {
  /// ln w, a number a template.
  public private(set) var logWeights: [Scalar]
  /// ln (p / (1 − p)), [template, pixel].
  public private(set) var logits: Tensor

  /// Creates templates near the mean of the data.
  ///
  /// - Parameters:
  ///   - count: how many templates, at least 1.
  ///   - data: an example a row, each number 0 or 1; at least one row.
  ///   - generator: makes the templates differ.
  public init(_ count: Int, of data: Tensor, using generator: inout some RandomNumberGenerator) {
    precondition(
      count >= 1 && data.rows > 0, "BernoulliMixture: \(count) templates of \(data.shape)")
    var sums = Tensor(shape: [data.columns])
    sums.update {
      Backend.current.matrix.columnSums(data.elements.span, into: &$0, accumulating: false)
    }
    logWeights = [Scalar](repeating: -Scalar.log(Scalar(count)), count: count)
    let means = sums.elements.map { ($0 + 1) / Scalar(data.rows + 2) }
    let jitter: Scalar = count > 1 ? 0.3 : 0
    logits = Tensor(
      (0..<count).flatMap { _ in
        means.map { Scalar.log($0) - Scalar.log(1 - $0) + jitter * generator.normal() }
      }, shape: [count, data.columns])
  }

  /// A step of expectation and maximisation, after which the data are at least as likely as before, but for
  /// the two invented examples.
  ///
  ///     r_nk ∝ w_k p(x_n | k);   w_k = 1/N Σ_n r_nk;   p_kᵢ = (Σ_n r_nk x_nᵢ + 1) / (Σ_n r_nk + 2)
  ///
  /// The 1 and the 2 are an example of each kind that nobody saw: without them a pixel that was never black
  /// would make one black pixel impossible.
  ///
  /// Source: Dempster, Laird and Rubin, 1977.
  public mutating func improve(on data: Tensor) {
    let count = logWeights.count
    var responsibilities = joint(data)
    responsibilities.update { Backend.current.activation.softmax(&$0, columns: count) }
    var totals = Tensor(shape: [count])
    totals.update {
      Backend.current.matrix.columnSums(
        responsibilities.elements.span, into: &$0, accumulating: false)
    }
    let sums = Tensor(shape: [count, data.columns]) {
      Backend.current.matrix.matrixProduct(
        responsibilities.elements.span, data.elements.span, into: &$0,
        MatrixProductShape(
          rows: count, columns: data.columns, inner: data.rows, leftTransposed: true),
        accumulating: false)
    }
    logWeights = totals.elements.map { Scalar.log(($0 + 1e-3) / Scalar(data.rows)) }
    logits = Tensor(
      sums.elements.enumerated().map { index, sum in
        let p = (sum + 1) / (totals.elements[index / data.columns] + 2)
        return Scalar.log(p) - Scalar.log(1 - p)
      }, shape: logits.shape)
  }

  /// ln p(x) of every row.
  public func logLikelihood(_ data: Tensor) -> [Double] {
    let joint = joint(data)
    return (0..<data.rows).map { logSumExp(joint.row($0).lazy.map { Double($0) }) }
  }

  /// The probabilities of the pixels of each template.
  public var templates: Tensor {
    var probabilities = logits
    probabilities.update { Backend.current.activation.sigmoid(&$0) }
    return probabilities
  }

  /// ln w_k + ln p(x | k), [row, template].
  private func joint(_ data: Tensor) -> Tensor {
    // ln p(x | k) = Σᵢ xᵢ logitᵢ − Σᵢ ln(1 + e^{logitᵢ})
    var result = product(data, logits, rightTransposed: true)
    var constants = Tensor(shape: [logWeights.count])
    let zeros = [Scalar](repeating: 0, count: logits.columns)
    constants.update {
      Backend.current.bernoulli.softplusSums(
        logits.elements.span, bias: zeros.span, scale: 1, into: &$0)
    }
    let row = zip(logWeights, constants.elements).map { $0 - $1 }
    result.update { Backend.current.matrix.addRow(row.span, to: &$0) }
    return result
  }
}
