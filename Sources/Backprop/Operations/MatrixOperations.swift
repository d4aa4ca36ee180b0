import KernelSupport

extension Variable {
  /// The matrix product, and perhaps a row that is added to every row of it.
  ///
  ///     y = x W + b;   ∂L/∂x = ∂L/∂y Wᵀ,   ∂L/∂W = xᵀ ∂L/∂y,   ∂L/∂b[j] = Σ_i ∂L/∂y[i, j]
  ///
  /// - Parameters:
  ///   - weight: W, [inner, columns].
  ///   - bias: b, [columns], which is added in place; nil for nothing.
  /// - Returns: y, of this variable's shape with `columns` as its last dimension.
  /// - Precondition: this variable's last dimension is `inner`; those before it are so many rows.
  public func matrixProduct(_ weight: Variable, bias: Variable? = nil) -> Variable {
    let x = self
    precondition(
      weight.value.shape.count == 2 && x.value.columns == weight.value.shape[0],
      "matrixProduct: \(x.value.shape) by \(weight.value.shape)")
    precondition(
      bias?.value.count ?? weight.value.columns == weight.value.columns,
      "matrixProduct: a bias \(bias?.value.shape ?? []) for weights \(weight.value.shape)")
    let product = DenseProduct(x, weight, bias: bias)
    return Variable(product.computed(), from: [x, weight, bias]) { product.addGradients($0) }
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
    let (bias, kernels) = (row.value.elements, Backend.current.matrix)
    y.update { kernels.addRow(bias.span, to: &$0) }
    return Variable(y, from: [self, row]) { [self] gradient in
      let upstream = gradient.elements
      row.accumulateGradient {
        kernels.columnSums(upstream.span, into: &$0, accumulating: $1)
      }
      addGradient(gradient)
    }
  }

  /// The matrix products of two batches of matrices.
  ///
  ///     y[n] = op(a[n]) op(b[n])
  ///
  /// - Parameters:
  ///   - other: b, […, inner, columns], or […, columns, inner] if it is transposed; the same dimensions
  ///     before the last two as this variable, a: […, rows, inner], or […, inner, rows].
  ///   - leftTransposed: whether op transposes this variable's matrices.
  ///   - rightTransposed: whether op transposes the other's.
  /// - Returns: y, […, rows, columns].
  public func batchedProduct(
    _ other: Variable, leftTransposed: Bool = false, rightTransposed: Bool = false
  ) -> Variable {
    let (aShape, bShape) = (value.shape, other.value.shape)
    precondition(
      aShape.count >= 2 && aShape.dropLast(2) == bShape.dropLast(2),
      "batchedProduct: \(aShape) by \(bShape)")
    let (aRows, aColumns) = (aShape[aShape.count - 2], value.columns)
    let (bRows, bColumns) = (bShape[bShape.count - 2], other.value.columns)
    let (rows, inner) = leftTransposed ? (aColumns, aRows) : (aRows, aColumns)
    let (columns, otherInner) = rightTransposed ? (bRows, bColumns) : (bColumns, bRows)
    precondition(
      inner == otherInner,
      "batchedProduct: \(aShape)\(leftTransposed ? "ᵀ" : "") by \(bShape)\(rightTransposed ? "ᵀ" : "")"
    )
    let (a, b, kernels) = (value.elements, other.value.elements, Backend.current.batched)
    let count = aShape.dropLast(2).reduce(1, *)
    let y = Tensor(shape: aShape.dropLast(2) + [rows, columns]) {
      kernels.batchedProduct(
        a.span, b.span, into: &$0,
        MatrixProductShape(
          rows: rows, columns: columns, inner: inner, leftTransposed: leftTransposed,
          rightTransposed: rightTransposed), count: count, accumulating: false)
    }
    return Variable(y, from: [self, other]) { [self] gradient in
      let g = gradient.elements
      // For y = a b:  ∂L/∂a = g bᵀ,  ∂L/∂b = aᵀ g. Where an operand is stored transposed, so is its gradient:
      // ∂L/∂aᵀ = b gᵀ,  ∂L/∂bᵀ = gᵀ a.
      accumulateGradient { sums, accumulating in
        if leftTransposed {
          kernels.batchedProduct(
            b.span, g.span, into: &sums,
            MatrixProductShape(
              rows: inner, columns: rows, inner: columns, leftTransposed: rightTransposed,
              rightTransposed: true), count: count, accumulating: accumulating)
        } else {
          kernels.batchedProduct(
            g.span, b.span, into: &sums,
            MatrixProductShape(
              rows: rows, columns: inner, inner: columns, rightTransposed: !rightTransposed),
            count: count, accumulating: accumulating)
        }
      }
      other.accumulateGradient { sums, accumulating in
        if rightTransposed {
          kernels.batchedProduct(
            g.span, a.span, into: &sums,
            MatrixProductShape(
              rows: columns, columns: inner, inner: rows, leftTransposed: true,
              rightTransposed: leftTransposed), count: count, accumulating: accumulating)
        } else {
          kernels.batchedProduct(
            a.span, g.span, into: &sums,
            MatrixProductShape(
              rows: inner, columns: columns, inner: rows, leftTransposed: !leftTransposed),
            count: count, accumulating: accumulating)
        }
      }
    }
  }
}
