import Backprop
import KernelSupport
import TestSupport
import Testing
import Transformers

@Suite struct OperationTests {
  @Test(arguments: Backend.allCases)
  func `projections' gradients are the measured slopes`(backend: Backend) {
    let inputs = variables([[2, 3, 5], [5, 4], [4], [2, 3, 4], [6, 5]])
    let (x, weight, bias) = (inputs[0].variable, inputs[1].variable, inputs[2].variable)
    Backend.$current.withValue(backend) {
      expectGradients(Array(inputs[..<3])) { x.projected(weight, bias) }
      expectGradients(Array(inputs[..<4])) {
        x.projected(weight, bias, adding: inputs[3].variable)
      }
      expectGradients([inputs[0], inputs[4]]) { x.transposedProduct(inputs[4].variable) }
    }
  }

  @Test(arguments: Backend.allCases, [[1, 1, 1], [7, 13, 33], [97, 65, 40]])
  func `a projection is product, bias and residual`(backend: Backend, sizes: [Int]) {
    let (rows, inner, columns) = (sizes[0], sizes[1], sizes[2])
    func tensor(_ shape: [Int], _ seed: UInt64) -> Variable {
      Variable(Tensor(exactNumbers(count: shape.reduce(1, *), seed: seed), shape: shape))
    }
    let (x, weight) = (tensor([rows, inner], 1), tensor([inner, columns], 2))
    let (bias, residual) = (tensor([columns], 3), tensor([rows, columns], 4))
    Backend.$current.withValue(backend) {
      // Exact numbers: any order of the sums gives the same bits.
      let sum = x.matrixProduct(weight).addingRow(bias)
      #expect(x.projected(weight, bias).value == sum.value)
      #expect(x.projected(weight, bias, adding: residual).value == (sum + residual).value)
      let transposed = weight.permuted([1, 0])
      #expect(x.transposedProduct(transposed).value == x.matrixProduct(weight).value)
    }
  }

  @Test(arguments: Backend.allCases)
  func `a row alone has the bits that it has among others`(backend: Backend) {
    var generator = SeededGenerator(seed: 5)
    let layer = Dense(700, 300, using: &generator)
    let x = Tensor(numbersOffZero(count: 29 * 700, seed: 6), shape: [29, 700])
    let rows = backend == .fast ? 29 : 2
    Backend.$current.withValue(backend) {
      let whole = layer(Variable(x), adding: nil).value
      for row in 0..<rows {
        let alone = layer(Variable(Tensor(Array(x.row(row)), shape: [1, 700])), adding: nil).value
        #expect(alone.elements == Array(whole.row(row)))
      }
    }
  }

  @Test(arguments: [[1, 1], [5, 64], [3, 65], [4, 127], [513, 40], [1031, 700], [128, 512]])
  func `a row's product has the bits of the matrix product`(sizes: [Int]) {
    let (inner, columns) = (sizes[0], sizes[1])
    let x = numbersOffZero(count: inner, seed: 1)
    let weight = numbersOffZero(count: inner * columns, seed: 2)
    let start = numbersOffZero(count: columns, seed: 3)
    let shape = MatrixProductShape(rows: 1, columns: columns, inner: inner)
    for backend in Backend.allCases {
      let expected = changed(start) {
        backend.matrix.matrixProduct(x.span, weight.span, into: &$0, shape, accumulating: true)
      }
      let found = withThreads {
        changed(start) { backend.layers.rowProduct(x.span, weight.span, addingTo: &$0) }
      }
      #expect(found.allSatisfy { $0 == expected })
    }
  }

  @Test(arguments: awkwardCounts.filter { $0 > 0 })
  func `rows of a bias are the same in both backends`(columns: Int) {
    let bias = exactNumbers(count: columns, seed: 1)
    let residual = exactNumbers(count: 3 * columns, seed: 2)
    for added in [[], residual] {
      let found = Backend.allCases.map { backend in
        changed([Scalar](repeating: .nan, count: 3 * columns)) {
          backend.layers.biasRows(bias.span, adding: added.span, into: &$0)
        }
      }
      #expect(found[0] == found[1])
    }
  }
}
