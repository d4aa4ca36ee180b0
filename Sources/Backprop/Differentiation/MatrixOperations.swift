import KernelSupport

extension Variable {
  /// The matrix product.
  ///
  ///     y = x W;   ∂L/∂x = ∂L/∂y Wᵀ,   ∂L/∂W = xᵀ ∂L/∂y
  ///
  /// - Parameter weight: W, [inner, columns].
  /// - Returns: y, of this variable's shape with `columns` as its last dimension.
  /// - Precondition: this variable's last dimension is `inner`; those before it are so many rows.
  public func matrixProduct(_ weight: Variable) -> Variable {
    let x = self
    precondition(
      weight.value.shape.count == 2 && x.value.columns == weight.value.shape[0],
      "matrixProduct: \(x.value.shape) by \(weight.value.shape)")
    let (rows, inner, columns) = (x.value.rows, x.value.columns, weight.value.columns)
    let (a, b) = (x.value.elements, weight.value.elements)
    let y = Tensor(shape: x.value.shape.dropLast() + [columns]) {
      Backend.current.matrix.matrixProduct(
        a.span, b.span, into: &$0,
        MatrixProductShape(rows: rows, columns: columns, inner: inner), accumulating: false)
    }
    return Variable(y, from: x, weight) { gradient in
      let upstream = gradient.elements
      let (a, b) = (x.value.elements, weight.value.elements)
      x.accumulateGradient {
        Backend.current.matrix.matrixProduct(
          upstream.span, b.span, into: &$0,
          MatrixProductShape(rows: rows, columns: inner, inner: columns, rightTransposed: true),
          accumulating: $1)
      }
      weight.accumulateGradient {
        Backend.current.matrix.matrixProduct(
          a.span, upstream.span, into: &$0,
          MatrixProductShape(rows: inner, columns: columns, inner: rows, leftTransposed: true),
          accumulating: $1)
      }
    }
  }

  /// Adds a row to every row.
  ///
  ///     y[i, j] = x[i, j] + row[j];   ∂L/∂row[j] = Σ_i ∂L/∂y[i, j]
  ///
  /// - Parameter row: as many elements as this variable's last dimension.
  public func addingRow(_ row: Variable) -> Variable {
    precondition(
      row.value.count == value.columns, "addingRow: \(row.value.shape) to \(value.shape)")
    var y = value
    let bias = row.value.elements
    y.update { Backend.current.matrix.addRow(bias.span, to: &$0) }
    return Variable(y, from: self, row) { [self] gradient in
      let upstream = gradient.elements
      row.accumulateGradient {
        Backend.current.matrix.columnSums(upstream.span, into: &$0, accumulating: $1)
      }
      addGradient(gradient)
    }
  }
}
