import Backprop
import KernelSupport

extension Naive {
  /// The product of one row and a matrix, added to a row.
  ///
  ///     y[j] += Σ_p x[p] · W[p, j]
  ///
  /// What every dense layer comes down to where a text is written token by token. The same bits as a
  /// `matrixProduct` of one row, or of that row among others, which accumulates.
  ///
  /// - Parameters:
  ///   - x: `inner` elements.
  ///   - weight: W, inner × columns, row-major.
  ///   - y: `columns` elements.
  public static func rowProduct(
    _ x: Span<Scalar>, _ weight: Span<Scalar>, addingTo y: inout MutableSpan<Scalar>
  ) {
    checkRowProduct(x.count, weight.count, y.count)
    matrixProduct(
      x, weight, into: &y, MatrixProductShape(rows: 1, columns: y.count, inner: x.count),
      accumulating: true)
  }
}

/// A product of one row reads every weight once and uses it once: it is as fast as memory. The matrix product of chapter 2
/// copies the weights into panels first, which pays where many rows use them, and costs three times the reading here.
/// So the rows of W are read as they lie, four at a time, while a block of sums stays in the first-level cache. Each sum
/// is made in the order of chapter 2's tiles, in blocks of the same length.
extension Fast {
  /// The product of one row and a matrix, added to a row; contract: `Naive.rowProduct`.
  public static func rowProduct(
    _ x: Span<Scalar>, _ weight: Span<Scalar>, addingTo y: inout MutableSpan<Scalar>
  ) {
    checkRowProduct(x.count, weight.count, y.count)
    let (inner, columns) = (x.count, y.count)
    let shape = MatrixProductShape(rows: 1, columns: columns, inner: inner)
    let length = shape.sumLength
    // Blocks of columns for threads, where the work outweighs a hand-over.
    let blocks = max(1, min(8, inner * columns / 32_768))
    let blockLength = max(64, columns.dividedRoundingUp(by: blocks).roundedUp(toMultipleOf: 16))
    y.forEachBlock(of: blockLength) { first, block in
      var sums = [Scalar](repeating: 0, count: block.count)
      var start = 0
      while start < inner {
        let end = min(start &+ length, inner)
        var sum = sums.mutableSpan
        sum.update(repeating: 0)
        var p = start
        while p < end {
          let count = min(4, end &- p)
          if count == 4 {
            let (a, b, c, d) = (x[p], x[p &+ 1], x[p &+ 2], x[p &+ 3])
            let w0 = weight.extracting(rowRange(p, columns, first, sum.count))
            let w1 = weight.extracting(rowRange(p &+ 1, columns, first, sum.count))
            let w2 = weight.extracting(rowRange(p &+ 2, columns, first, sum.count))
            let w3 = weight.extracting(rowRange(p &+ 3, columns, first, sum.count))
            for j in sum.indices {
              sum[j] = sum[j].addingProduct(a, w0[j]).addingProduct(b, w1[j])
                .addingProduct(c, w2[j]).addingProduct(d, w3[j])
            }
          } else {
            for index in 0..<count {
              let w = weight.extracting(rowRange(p &+ index, columns, first, sum.count))
              let factor = x[p &+ index]
              for j in sum.indices { sum[j] = sum[j].addingProduct(factor, w[j]) }
            }
          }
          p &+= count
        }
        for j in block.indices { block[j] += sum[j] }
        start = end
      }
    }
  }

  /// Where `count` columns of row p lie.
  @inline(__always)
  private static func rowRange(_ p: Int, _ columns: Int, _ first: Int, _ count: Int) -> Range<Int> {
    p &* columns &+ first..<p &* columns &+ first &+ count
  }
}

private func checkRowProduct(_ inner: Int, _ weights: Int, _ columns: Int) {
  precondition(
    weights == inner * columns, "rowProduct: \(inner) by \(weights) elements into \(columns)")
}
