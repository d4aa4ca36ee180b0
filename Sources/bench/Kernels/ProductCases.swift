import Backprop
import KernelSupport
import Perceptrons

/// The matrix product at the sizes that tell something about it.
extension KernelCase {
  static var products: [KernelCase] {
    let cached = transpositions.map { product(256, 256, 256, $0) }
    let squares = [64, 128, 512, 1024, 2048].map { product($0, $0, $0) }
    let odd = [(97, 331, 1013), (101, 103, 107), (513, 511, 509), (1009, 1013, 1019)].map {
      product($0.0, $0.1, $0.2)
    }
    let transposed = transpositions.dropFirst().flatMap {
      [product(512, 512, 512, $0), product(97, 331, 1013, $0)]
    }
    let details =
      squares + odd + transposed + trainingStep(32, [784, 64, 64, 10])
      + trainingStep(128, [784, 512, 512, 10])
    return cached
      + details.map { details in
        var details = details
        details.isDetail = true
        return details
      }
  }

  /// Attention's products, of 12 sequences with 4 heads each: queries with keys, and weights with values.
  static var batchedProducts: [KernelCase] {
    [batchedProduct(48, of: 64, 64, 32), batchedProduct(48, of: 64, 32, 64)]
  }

  /// Many products of `rows` × `inner` and `inner` × `columns` matrices.
  private static func batchedProduct(
    _ count: Int, of rows: Int, _ columns: Int, _ inner: Int
  ) -> KernelCase {
    let shape = MatrixProductShape(rows: rows, columns: columns, inner: inner)
    return KernelCase(
      kernel: "batchedProduct", shape: "\(count)x\(rows)x\(columns)x\(inner)",
      cost: .arithmetic(operations: count * shape.operations)
    ) {
      let a = numbers(count * rows * inner)
      let b = numbers(count * inner * columns, stream: 2)
      var trial = KernelTrial(
        changing: numbers(count * rows * columns, stream: 3),
        tolerance: Tolerance.signedSum(of: inner)
      ) {
        $0.batched.batchedProduct(
          a.span, b.span, into: &$1, shape, count: count, accumulating: false)
      }
      trial.overwrites = true
      return trial
    }
  }

  /// The ways to store the operands; the plain one first.
  package static let transpositions = [nil, "left", "right", "both"]

  /// The products of a step that trains a network of dense layers: forward, by the weights and, but for
  /// the first layer, by the inputs.
  private static func trainingStep(_ batch: Int, _ widths: [Int]) -> [KernelCase] {
    zip(widths, widths.dropFirst()).enumerated().flatMap { layer, width in
      [product(batch, width.1, width.0), product(width.0, width.1, batch, "left")]
        + (layer == 0 ? [] : [product(batch, width.0, width.1, "right")])
    }
  }

  /// A product of a `rows` × `inner` matrix and an `inner` × `columns` matrix.
  ///
  /// - Parameters:
  ///   - rows: M, at least 1.
  ///   - columns: N, at least 1.
  ///   - inner: K, at least 1.
  ///   - transposed: which operands are stored transposed: one of `transpositions`.
  package static func product(
    _ rows: Int, _ columns: Int, _ inner: Int, _ transposed: String? = nil
  ) -> KernelCase {
    let shape = MatrixProductShape(
      rows: rows, columns: columns, inner: inner,
      leftTransposed: transposed == "left" || transposed == "both",
      rightTransposed: transposed == "right" || transposed == "both")
    return KernelCase(
      kernel: "matmul", shape: "\(rows)x\(columns)x\(inner)", transposed: transposed,
      cost: .arithmetic(operations: shape.operations)
    ) {
      let a = numbers(rows * inner)
      let b = numbers(inner * columns, stream: 2)
      var trial = KernelTrial(
        changing: numbers(rows * columns, stream: 3), tolerance: Tolerance.signedSum(of: inner)
      ) {
        $0.matrix.matrixProduct(a.span, b.span, into: &$1, shape, accumulating: false)
      }
      trial.overwrites = true
      trial.probe = { deviation(of: $0[0], from: a, b, shape) }
      return trial
    }
  }

  /// How far C r is from op(A) (op(B) r) for a random vector r, in units of what rounding explains.
  ///
  /// Three products with a vector tell a wrong C as surely as the matrix product that they avoid: an
  /// element that is wrong changes an element of C r by as much, times a number in ±1.
  ///
  /// Source: Freivalds, "Probabilistic Machines Can Use Less Running Time", IFIP 1977.
  package static func deviation(
    of c: [Scalar], from a: [Scalar], _ b: [Scalar], _ shape: MatrixProductShape
  ) -> Scalar {
    func product(_ matrix: [Scalar], _ columns: Int, _ transposed: Bool, _ x: [Scalar]) -> [Scalar]
    {
      var result = [Scalar](repeating: 0, count: matrix.count / x.count)
      var span = result.mutableSpan
      Naive.matrixVector(
        matrix.span, columns: columns, transposed: transposed, x.span, into: &span,
        accumulating: false)
      return result
    }
    let r = numbers(shape.columns, stream: 4)
    let left = product(c, shape.columns, false, r)
    let inner = product(
      b, shape.rightTransposed ? shape.inner : shape.columns, shape.rightTransposed, r)
    let right = product(
      a, shape.leftTransposed ? shape.rows : shape.inner, shape.leftTransposed, inner)
    // A sum over the columns of sums over the inner dimension: both lengths' roundings multiply, and
    // those of either sum fall both ways.
    let allowed = Scalar(shape.inner + 8) * Scalar(shape.columns + 8).squareRoot() * .ulpOfOne
    return zip(left, right).reduce(0) { worst, pair in
      let deviation = abs(pair.0 - pair.1) / allowed
      return deviation.isNaN ? .infinity : max(worst, deviation)
    }
  }
}
