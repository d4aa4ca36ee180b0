import Backprop
import KernelSupport
import Perceptrons

extension Variable {
  /// A weight matrix divided by its largest singular value, which two vectors tell.
  ///
  ///     σ = leftᵀ W right,   y = W / σ
  ///     ∂L/∂W = (G − ⟨G, y⟩ left rightᵀ) / σ,   G = ∂L/∂y,  ⟨G, y⟩ = Σ G ∘ y
  ///
  /// The second term is what the divisor loses: W in the direction of `left rightᵀ` changes σ and with it all of y.
  /// At the true singular vectors σ does not change to first order with *them*, so that holding them constant
  /// gives the exact slope of W / ‖W‖.
  ///
  /// - Parameters:
  ///   - left: the left singular vector, of length 1, as many elements as W has rows.
  ///   - right: the right one, as many elements as W has columns.
  /// - Returns: y, of this variable's shape.
  /// - Precondition: this variable is […, columns]; all dimensions but the last are its rows.
  ///
  /// Source: Miyato et al., "Spectral Normalization for Generative Adversarial Networks", ICLR 2018, equations 8
  /// and 12.
  public func spectrallyNormalized(left: [Scalar], right: [Scalar]) -> Variable {
    let (shape, rows, columns) = (value.shape, value.rows, value.columns)
    precondition(
      left.count == rows && right.count == columns,
      "spectrallyNormalized: vectors of \(left.count) and \(right.count) for weights of \(shape)")
    let (kernels, vectors) = (Backend.current.matrix, Backend.current.vector)
    let arithmetic = Backend.current.arithmetic
    let image = value.multiplied(right)
    let sigma = vectors.dot(left.span, image.span)
    var y = value
    y.update { arithmetic.scale(&$0, by: 1 / sigma) }
    let normalized = y.elements
    return Variable(y, from: [self]) { [self] gradient in
      let upstream = gradient.elements
      let lost = -vectors.dot(upstream.span, normalized.span)
      let scaled = right.map { lost * $0 }
      gradient.update {
        kernels.matrixProduct(
          left.span, scaled.span, into: &$0,
          MatrixProductShape(rows: rows, columns: columns, inner: 1), accumulating: true)
        arithmetic.scale(&$0, by: 1 / sigma)
      }
      addGradient(gradient)
    }
  }
}

extension Tensor {
  /// W x, where all dimensions of W but the last are its rows.
  func multiplied(_ x: [Scalar]) -> [Scalar] {
    product(with: x, isTransposed: false)
  }

  /// Wᵀ x.
  func transposedMultiplied(_ x: [Scalar]) -> [Scalar] {
    product(with: x, isTransposed: true)
  }

  private func product(with x: [Scalar], isTransposed: Bool) -> [Scalar] {
    let weights = elements
    var result = [Scalar](repeating: 0, count: isTransposed ? columns : rows)
    var span = result.mutableSpan
    Backend.current.matrix.matrixProduct(
      weights.span, x.span, into: &span,
      MatrixProductShape(
        rows: isTransposed ? columns : rows, columns: 1, inner: isTransposed ? rows : columns,
        leftTransposed: isTransposed), accumulating: false)
    return result
  }
}
