import KernelSupport

/// How clearly a line, or a hyperplane, divides two classes; it bounds the mistakes that a perceptron
/// can make before it has found one itself.
///
///     R = maxᵣ ‖(xᵣ, 1)‖,   γ = minᵣ tᵣ (w·xᵣ + b) / ‖(w, b)‖,   mistakes ≤ (R / γ)²
///
/// The bound holds for every hyperplane that separates the classes. The sharpest is that of the one with
/// the largest margin, `widest`.
///
/// Source: Novikoff, "On Convergence Proofs on Perceptrons", Symposium on the Mathematical Theory of
/// Automata 12, 1962.
public struct Separation: Sendable, Equatable {
  /// R, the length of the longest example, its constant input 1 included.
  public let radius: Scalar

  /// γ, the distance of the closest example from the hyperplane; negative if one lies beyond it.
  public let margin: Scalar

  /// Measures how a hyperplane divides examples.
  ///
  /// - Parameters:
  ///   - inputs: at least one example, one a row, row-major.
  ///   - labels: t, the class of each, 1 or −1.
  ///   - hyperplane: w and b, not all zero.
  public init(of inputs: [Scalar], labels: [Scalar], by hyperplane: WeightedSum) {
    let columns = hyperplane.weights.count
    precondition(
      !labels.isEmpty && inputs.count == labels.count * columns,
      "Separation: \(inputs.count) inputs for \(labels.count) labels, \(columns) a row")
    let squaredLengths = labels.indices.map { row in
      let x = Array(inputs[row * columns..<(row + 1) * columns])
      return WeightedSum(weights: x, bias: 1).squaredLength
    }
    radius = squaredLengths.reduce(0, max).squareRoot()
    let distances = zip(labels, hyperplane.sums(of: inputs)).map { $0 * $1 }
    margin = distances.reduce(.infinity, min) / hyperplane.squaredLength.squareRoot()
  }

  /// (R / γ)², the largest possible number of mistakes; infinite if the hyperplane does not separate.
  public var mistakeBound: Scalar {
    margin > 0 ? radius * radius / (margin * margin) : .infinity
  }
}
