import Backprop
import KernelSupport

extension Variable {
  /// The product with a transposed matrix: the way back through a dense layer, as an operation.
  ///
  ///     y = x Wᵀ;   ∂L/∂x = ∂L/∂y W,   ∂L/∂W = (∂L/∂y)ᵀ x
  ///
  /// - Parameter weight: W, [columns, inner].
  /// - Returns: y, of this variable's shape with `columns` as its last dimension.
  /// - Precondition: this variable's last dimension is `inner`.
  public func transposedProduct(_ weight: Variable) -> Variable {
    let x = self
    precondition(
      weight.value.shape.count == 2 && x.value.columns == weight.value.shape[1],
      "transposedProduct: \(x.value.shape) by the transpose of \(weight.value.shape)")
    let kernels = Backend.current.matrix
    let (rows, inner, columns) = (x.value.rows, x.value.columns, weight.value.shape[0])
    let (a, b) = (x.value.elements, weight.value.elements)
    var y = Tensor(shape: x.value.shape.dropLast() + [columns])
    y.update {
      kernels.matrixProduct(
        a.span, b.span, into: &$0,
        MatrixProductShape(rows: rows, columns: columns, inner: inner, rightTransposed: true),
        accumulating: false)
    }
    return Variable(y, from: x, weight) { gradient in
      let upstream = gradient.elements
      x.accumulateGradient {
        kernels.matrixProduct(
          upstream.span, b.span, into: &$0,
          MatrixProductShape(rows: rows, columns: inner, inner: columns), accumulating: $1)
      }
      weight.accumulateGradient {
        kernels.matrixProduct(
          upstream.span, a.span, into: &$0,
          MatrixProductShape(rows: columns, columns: inner, inner: rows, leftTransposed: true),
          accumulating: $1)
      }
    }
  }
}
