import Backprop
import CNN
import GAN
import KernelSupport
import TestSupport
import Testing

@Suite struct NormTests {
  /// Rows and columns around the edges of vectors and of the blocks that threads share.
  static let shapes: [(rows: Int, columns: Int)] = [
    (0, 3), (1, 1), (1, 9), (3, 7), (5, 8), (4, 33), (85, 784), (65_537, 1), (2, 65_537),
  ]

  @Test(arguments: shapes)
  func `fast lengths are the naive ones`(rows: Int, columns: Int) {
    let x = exactNumbers(count: rows * columns, seed: 1)
    let norms = Backend.allCases.map { backend in
      changed([Scalar](repeating: 7, count: rows)) { backend.norms.rowNorms(x.span, into: &$0) }
    }
    // Sums of squares are exact, and a root is the same everywhere.
    #expect(norms[0] == norms[1])
  }

  @Test(arguments: shapes)
  func `fast gradients are the naive ones, for every number of threads`(rows: Int, columns: Int) {
    var x = exactNumbers(count: rows * columns, seed: 1)
    if rows > 2 { for j in 0..<columns { x[columns + j] = 0 } }
    let upstream = exactNumbers(count: rows, seed: 2)
    func gradient(_ backend: Backend) -> [Scalar] {
      let norms = changed([Scalar](repeating: 7, count: rows)) {
        backend.norms.rowNorms(x.span, into: &$0)
      }
      return changed(x) {
        backend.norms.rowNormsBackward(norms: norms.span, upstream: upstream.span, gradient: &$0)
      }
    }
    let fast = withThreads { gradient(.fast) }
    #expect(fast[0] == fast[1] && fast[0] == fast[2])
    // One quotient and one product where the definition has a product and a quotient: two roundings.
    expectClose(fast[0], gradient(.naive), within: 2 * Scalar.ulpOfOne)
    if rows > 2 { #expect(fast[0][columns..<2 * columns].allSatisfy { $0 == 0 }) }
  }

  @Test(arguments: Backend.allCases)
  func `gradients are the measured slopes`(backend: Backend) {
    let inputs = variables([[3, 2, 5]])
    Backend.$current.withValue(backend) {
      expectGradients(inputs) { inputs[0].variable.exampleNorms() }
    }
  }
}
