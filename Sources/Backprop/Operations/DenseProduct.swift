import KernelSupport

/// The operands of y = x W + b, captured when an operation is made, and what ∂L/∂y says of each of them.
///
///     ∂L/∂x = ∂L/∂y Wᵀ,   ∂L/∂W = xᵀ ∂L/∂y,   ∂L/∂b[j] = Σ_i ∂L/∂y[i, j]
///
/// It is the part that dense layers, recurrent layers and projections with a residual have in common.
package struct DenseProduct {
  private let (x, weight, bias): (Variable, Variable, Variable?)
  private let (a, b): ([Scalar], [Scalar])
  private let shape: MatrixProductShape
  /// The kernels of the moment when the operation was made.
  package let kernels: any MatrixKernels.Type

  /// Captures the operands and the kernels of this moment.
  ///
  /// - Parameters:
  ///   - x: […, inner].
  ///   - weight: W, [inner, columns].
  ///   - bias: b, [columns], or nil for none.
  package init(_ x: Variable, _ weight: Variable, bias: Variable?) {
    (self.x, self.weight, self.bias) = (x, weight, bias)
    (a, b) = (x.value.elements, weight.value.elements)
    shape = MatrixProductShape(
      rows: x.value.rows, columns: weight.value.columns, inner: x.value.columns)
    kernels = Backend.current.matrix
  }

  /// The shape of y, […, columns].
  package var outputShape: [Int] { x.value.shape.dropLast() + [shape.columns] }

  /// Computes x W, or adds it to what `y` holds.
  package func multiply(into y: inout MutableSpan<Scalar>, accumulating: Bool = false) {
    kernels.matrixProduct(a.span, b.span, into: &y, shape, accumulating: accumulating)
  }

  /// y.
  package func computed() -> Tensor {
    Tensor(shape: outputShape) {
      multiply(into: &$0)
      if let row = bias?.value.elements { kernels.addRow(row.span, to: &$0) }
    }
  }

  /// Adds to the gradients of x, W and b.
  ///
  /// - Parameter gradient: ∂L/∂y.
  package func addGradients(_ gradient: Tensor) {
    let upstream = gradient.elements
    bias?.accumulateGradient { kernels.columnSums(upstream.span, into: &$0, accumulating: $1) }
    x.accumulateGradient {
      kernels.matrixProduct(
        upstream.span, b.span, into: &$0,
        MatrixProductShape(
          rows: shape.rows, columns: shape.inner, inner: shape.columns, rightTransposed: true),
        accumulating: $1)
    }
    weight.accumulateGradient {
      kernels.matrixProduct(
        a.span, upstream.span, into: &$0,
        MatrixProductShape(
          rows: shape.inner, columns: shape.columns, inner: shape.rows, leftTransposed: true),
        accumulating: $1)
    }
  }
}
