import Backprop
import KernelSupport

/// The directions along which data vary most.
///
/// The components v₁, v₂, … are the eigenvectors of the covariance 1/n Σ (x − m)(x − m)ᵀ; of all spaces of k
/// dimensions the first k span the one that the data lie closest to.
///
/// Source: Pearson, 1901; Hotelling, 1933; Eckart and Young, 1936.
public struct PrincipalComponents: Sendable {
  /// m, the mean of the data.
  public let mean: [Scalar]

  /// The variance along each component, the largest first.
  public let variances: [Double]

  /// The components, each of length 1, in the order of the variances.
  public let components: [[Double]]

  /// Finds the components of data.
  ///
  /// - Parameter data: an example a row, at least one.
  public init(of data: Tensor) {
    let (rows, columns) = (data.rows, data.columns)
    precondition(rows >= 1, "PrincipalComponents: no data of shape \(data.shape)")
    var sums = Tensor(shape: [columns])
    sums.update {
      Backend.current.matrix.columnSums(data.elements.span, into: &$0, accumulating: false)
    }
    let mean = sums.elements.map { $0 / Scalar(rows) }
    let centred = centred(data, mean)
    let covariance = Tensor(shape: [columns, columns]) {
      Backend.current.matrix.matrixProduct(
        centred.elements.span, centred.elements.span, into: &$0,
        MatrixProductShape(rows: columns, columns: columns, inner: rows, leftTransposed: true),
        accumulating: false)
    }
    let eigen = SymmetricEigen(
      ofCovariance: (0..<columns).map { i in
        (0..<columns).map { j in
          // Both halves come from the same products, rounded differently: their mean is symmetric.
          let (upper, lower) = (
            covariance.elements[i * columns + j], covariance.elements[j * columns + i]
          )
          return (Double(upper) + Double(lower)) / 2 / Double(rows)
        }
      })
    self.mean = mean
    variances = eigen.values
    components = eigen.vectors
  }

  /// The coordinates of data along the first components.
  ///
  /// - Parameters:
  ///   - data: an example a row.
  ///   - count: how many components.
  /// - Returns: [rows, count].
  public func coordinates(of data: Tensor, count: Int) -> Tensor {
    let first = Tensor(
      components[..<count].joined().map { Scalar($0) }, shape: [count, data.columns])
    return product(centred(data, mean), first, rightTransposed: true)
  }

  /// The data as the first components alone can tell them.
  ///
  ///     x̂ = m + Σ_{i ≤ k} vᵢ (vᵢ · (x − m))
  ///
  /// - Parameters:
  ///   - data: an example a row.
  ///   - count: k.
  public func reconstruction(of data: Tensor, count: Int) -> Tensor {
    let first = Tensor(
      components[..<count].joined().map { Scalar($0) }, shape: [count, data.columns])
    var result = product(coordinates(of: data, count: count), first)
    result.update { Backend.current.matrix.addRow(mean.span, to: &$0) }
    return result
  }
}

/// The data without their mean.
func centred(_ data: Tensor, _ mean: [Scalar]) -> Tensor {
  let minus = mean.map { -$0 }
  var result = data
  result.update { Backend.current.matrix.addRow(minus.span, to: &$0) }
  return result
}

/// The product of two matrices of tensors, outside of any graph.
func product(_ a: Tensor, _ b: Tensor, rightTransposed: Bool = false) -> Tensor {
  let columns = rightTransposed ? b.rows : b.columns
  return Tensor(shape: [a.rows, columns]) {
    Backend.current.matrix.matrixProduct(
      a.elements.span, b.elements.span, into: &$0,
      MatrixProductShape(
        rows: a.rows, columns: columns, inner: a.columns, rightTransposed: rightTransposed),
      accumulating: false)
  }
}

/// The squared error of an image, summed over pixels, as a mean over images.
///
/// - Parameters:
///   - reconstruction: a row an image, at least one.
///   - data: of the same shape.
public func squaredError(of reconstruction: Tensor, from data: Tensor) -> Double {
  precondition(
    reconstruction.shape == data.shape && data.rows > 0,
    "squaredError: \(reconstruction.shape) from \(data.shape)")
  let sum = zip(reconstruction.elements, data.elements).reduce(0.0) {
    let difference = Double($1.0) - Double($1.1)
    return $0 + difference * difference
  }
  return sum / Double(data.rows)
}
