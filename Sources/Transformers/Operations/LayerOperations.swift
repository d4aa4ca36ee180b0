import Backprop
import KernelSupport

extension Variable {
  /// Every row normalised by its own mean and deviation, then scaled and shifted column by column.
  ///
  ///     y = γ (x − μ) / √(s² + ε) + β,   μ and s² (biased) of each row
  ///
  /// - Parameters:
  ///   - scale: γ, as many elements as this variable's last dimension.
  ///   - shift: β, as many.
  ///   - epsilon: ε, above 0.
  public func layerNormalization(scale: Variable, shift: Variable, epsilon: Scalar) -> Variable {
    precondition(
      scale.value.count == value.columns && shift.value.count == value.columns,
      "layerNormalization: scales \(scale.value.shape) and shifts \(shift.value.shape) for \(value.shape)"
    )
    let (x, kernels) = (value.elements, Backend.current.layers)
    let (scales, shifts) = (scale.value.elements, shift.value.elements)
    let y = Tensor(shape: value.shape) {
      kernels.layerNormalization(
        x.span, scale: scales.span, shift: shifts.span, epsilon: epsilon, into: &$0)
    }
    return Variable(y, from: [self, scale, shift]) { [self] gradient in
      var scaleGradient = Tensor(shape: scale.value.shape)
      var shiftGradient = Tensor(shape: shift.value.shape)
      scaleGradient.update { scaleSums in
        shiftGradient.update { shiftSums in
          gradient.update {
            kernels.layerNormalizationBackward(
              x.span, scale: scales.span, epsilon: epsilon, gradient: &$0,
              scaleGradient: &scaleSums, shiftGradient: &shiftSums)
          }
        }
      }
      scale.addGradient(scaleGradient)
      shift.addGradient(shiftGradient)
      addGradient(gradient)
    }
  }

  /// A dense layer's weighted sums, and perhaps a residual, in one pass.
  ///
  ///     y = x W + b (+ residual)
  ///
  /// The product is added in place to what `biasRows` wrote, so neither addition goes through memory again.
  ///
  /// - Parameters:
  ///   - weight: W, [in, out].
  ///   - bias: b, [out].
  ///   - residual: what is added, of the result's shape; nil for nothing.
  /// - Returns: y, of this variable's shape with `out` as its last dimension.
  public func projected(
    _ weight: Variable, _ bias: Variable, adding residual: Variable? = nil
  ) -> Variable {
    let x = self
    let (rows, inner, columns) = (value.rows, value.columns, weight.value.columns)
    let shape = value.shape.dropLast() + [columns]
    precondition(
      weight.value.shape == [inner, columns] && bias.value.count == columns
        && residual.map { $0.value.shape == Array(shape) } ?? true,
      "projected: \(value.shape) by \(weight.value.shape), a bias \(bias.value.shape) and a residual "
        + "\(residual?.value.shape ?? [])")
    let product = DenseProduct(x, weight, bias: bias)
    let (a, b) = (value.elements, weight.value.elements)
    let (biases, start, layers) = (
      bias.value.elements, residual?.value.elements ?? [], Backend.current.layers
    )
    let y = Tensor(shape: Array(shape)) {
      layers.biasRows(biases.span, adding: start.span, into: &$0)
      if rows == 1 { return layers.rowProduct(a.span, b.span, addingTo: &$0) }
      product.multiply(into: &$0, accumulating: true)
    }
    return Variable(y, from: [x, weight, bias, residual]) { gradient in
      product.addGradients(gradient)
      residual?.addGradient(gradient)
    }
  }

  /// The product with the transpose of a matrix, as a head that is tied to an embedding takes it.
  ///
  ///     y = x Wᵀ
  ///
  /// - Parameter weight: W, [out, in].
  /// - Returns: y, of this variable's shape with `out` as its last dimension.
  public func transposedProduct(_ weight: Variable) -> Variable {
    let x = self
    let (rows, inner, columns) = (value.rows, value.columns, weight.value.rows)
    precondition(
      weight.value.shape == [columns, inner],
      "transposedProduct: \(value.shape) by the transpose of \(weight.value.shape)")
    let (a, b, matrix) = (value.elements, weight.value.elements, Backend.current.matrix)
    let y = Tensor(shape: value.shape.dropLast() + [columns]) {
      matrix.matrixProduct(
        a.span, b.span, into: &$0,
        MatrixProductShape(rows: rows, columns: columns, inner: inner, rightTransposed: true),
        accumulating: false)
    }
    return Variable(y, from: [x, weight]) { gradient in
      let upstream = gradient.elements
      x.accumulateGradient {
        matrix.matrixProduct(
          upstream.span, b.span, into: &$0,
          MatrixProductShape(rows: rows, columns: inner, inner: columns), accumulating: $1)
      }
      weight.accumulateGradient {
        matrix.matrixProduct(
          upstream.span, a.span, into: &$0,
          MatrixProductShape(rows: columns, columns: inner, inner: rows, leftTransposed: true),
          accumulating: $1)
      }
    }
  }

  /// GELU in the tanh form, GPT-2's, by one exponential an element.
  public func tanhGELU() -> Variable {
    let (x, kernels) = (value.elements, Backend.current.layers)
    let y = Tensor(shape: value.shape) { kernels.gelu(x.span, into: &$0) }
    return Variable(y, from: [self]) { [self] gradient in
      gradient.update { kernels.geluSlopes(x.span, gradient: &$0) }
      addGradient(gradient)
    }
  }

  /// GELU with the exact normal distribution, PyTorch's default.
  public func exactGELU() -> Variable {
    let (x, kernels) = (value.elements, Backend.current.layers)
    var y = value
    y.update { kernels.exactGELU(&$0) }
    return Variable(y, from: [self]) { [self] gradient in
      gradient.update { kernels.exactGELUBackward(input: x.span, gradient: &$0) }
      addGradient(gradient)
    }
  }
}
