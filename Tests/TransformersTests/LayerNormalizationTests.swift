import Backprop
import KernelSupport
import TestSupport
import Testing
import Transformers

/// Rows and columns around vectors, and around the blocks that the backward pass sums up.
private let awkwardShapes: [(rows: Int, columns: Int)] = {
  let block = LayerNormalizationPlan.blockRows(columns: 37)
  return [
    (0, 5), (1, 1), (1, 7), (3, 8), (2, 33), (block - 1, 37), (block, 37), (block + 1, 37),
    (3 * block + 5, 37), (17, 1024),
  ]
}()

/// A normalisation's output and gradients, one list after the other.
private func results(
  _ backend: Backend, rows: Int, columns: Int, epsilon: Scalar = 1e-5
) -> [[Scalar]] {
  let x = numbersOffZero(count: rows * columns, seed: 1)
  let scale = numbersOffZero(count: columns, seed: 2)
  let shift = numbersOffZero(count: columns, seed: 3)
  let upstream = numbersOffZero(count: rows * columns, seed: 4)
  let y = changed([Scalar](repeating: .nan, count: x.count)) {
    backend.layers.layerNormalization(
      x.span, scale: scale.span, shift: shift.span, epsilon: epsilon, into: &$0)
  }
  var gradient = upstream
  var scaleGradient = [Scalar](repeating: .nan, count: columns)
  var shiftGradient = [Scalar](repeating: .nan, count: columns)
  var gradientSpan = gradient.mutableSpan
  var scaleSpan = scaleGradient.mutableSpan
  var shiftSpan = shiftGradient.mutableSpan
  backend.layers.layerNormalizationBackward(
    x.span, scale: scale.span, epsilon: epsilon, gradient: &gradientSpan,
    scaleGradient: &scaleSpan, shiftGradient: &shiftSpan)
  return [y, gradient, scaleGradient, shiftGradient]
}

@Suite struct LayerNormalizationTests {
  @Test(arguments: awkwardShapes)
  func `fast agrees with the definition`(rows: Int, columns: Int) {
    let (naive, fast) = (
      results(.naive, rows: rows, columns: columns), results(.fast, rows: rows, columns: columns)
    )
    // Sums of d numbers up to 16 in another order, then a division by a deviation of about 2; sums over n rows of
    // products up to 12. A row of one number has deviation √ε, which multiplies roundings by 300.
    let few = columns == 1 ? 1e4 : 64
    let tolerance = Scalar(few) * Scalar(max(rows, columns, 8)).squareRoot() * .ulpOfOne
    for (index, name) in ["output", "gradient", "scale", "shift"].enumerated() {
      expectClose(fast[index], naive[index], within: tolerance, name)
    }
  }

  @Test func `the same bits for every number of threads`() {
    for shape in awkwardShapes {
      let found = withThreads { results(.fast, rows: shape.rows, columns: shape.columns) }
      #expect(found[0] == found[1] && found[1] == found[2])
    }
  }

  @Test(arguments: Backend.allCases)
  func `a row alone has the bits that it has among others`(backend: Backend) {
    let x = numbersOffZero(count: 9 * 37, seed: 1)
    let (scale, shift) = (numbersOffZero(count: 37, seed: 2), numbersOffZero(count: 37, seed: 3))
    func output(_ rows: ArraySlice<Scalar>) -> [Scalar] {
      let rows = Array(rows)
      return changed(rows) {
        backend.layers.layerNormalization(
          rows.span, scale: scale.span, shift: shift.span, epsilon: 1e-5, into: &$0)
      }
    }
    let whole = output(x[...])
    for row in 0..<9 {
      #expect(output(x[row * 37..<(row + 1) * 37]) == Array(whole[row * 37..<(row + 1) * 37]))
    }
  }

  @Test(arguments: Backend.allCases)
  func `the variance is the biased one and ε stands inside the root`(backend: Backend) {
    // Of −1 and 1 the biased variance is 1 and the unbiased one 2; with ε = 3 the root is 2.
    let layer = LayerNormalization(2, epsilon: 3)
    Backend.$current.withValue(backend) {
      expectClose(
        layer(Variable(Tensor([-1, 1], shape: [1, 2]))).value.elements, [-0.5, 0.5],
        within: 4 * .ulpOfOne)
    }
  }

  @Test(arguments: Backend.allCases)
  func `output rows have mean 0 and deviation 1, whatever comes in`(backend: Backend) {
    let x = numbersOffZero(count: 5 * 16, seed: 1).map { 100 * $0 + 1000 }
    let layer = LayerNormalization(16)
    Backend.$current.withValue(backend) {
      let y = layer(Variable(Tensor(x, shape: [5, 16]))).value
      for row in 0..<5 {
        let mean = y.row(row).reduce(0, +) / 16
        let square = y.row(row).reduce(0) { $0 + $1 * $1 } / 16
        // Numbers of 1000 are rounded to 3e-5 in single precision, deviations are about 200.
        #expect(abs(mean) < 1e-5 && abs(square - 1) < 1e-4)
      }
    }
  }

  @Test(arguments: Backend.allCases)
  func `gradients are the measured slopes`(backend: Backend) {
    let inputs = variables([[2, 3, 7], [7], [7]])
    Backend.$current.withValue(backend) {
      expectGradients(inputs) {
        inputs[0].variable.layerNormalization(
          scale: inputs[1].variable, shift: inputs[2].variable, epsilon: 0.01)
      }
    }
  }

  @Test(
    arguments: [
      ("layerNormalization", [2, 3, 7], 1e-5), ("layerNormalization, large epsilon", [3, 5], 0.5),
    ] as [(String, [Int], Scalar)], Backend.allCases)
  func `values and gradients agree with PyTorch`(
    operation: (name: String, shape: [Int], epsilon: Scalar), backend: Backend
  ) throws {
    let fixture = try Fixture("layers")
    let width = operation.shape[operation.shape.count - 1]
    let shapes = ["x": operation.shape, "scale": [width], "shift": [width]]
    let inputs = shapes.map { name, shape in
      NamedParameter(
        name, Variable(Tensor(fixture[operation.name, name], shape: shape), needsGradient: true))
    }
    let found = Dictionary(uniqueKeysWithValues: inputs.map { ($0.name, $0.variable) })
    Backend.$current.withValue(backend) {
      let y = found["x"]!.layerNormalization(
        scale: found["scale"]!, shift: found["shift"]!, epsilon: operation.epsilon)
      // A row's numbers up to 5 are divided by a deviation of about 2: some 20 roundings.
      expectClose(y.value.elements, fixture[operation.name, "output"], within: 5e-6.rounded32)
      y.backward(Tensor(fixture[operation.name, "upstream"], shape: operation.shape))
      for input in inputs {
        expectClose(
          input.variable.gradient?.elements ?? [],
          fixture[operation.name, "\(input.name) gradient"], within: 1e-5.rounded32, input.name)
      }
    }
  }
}

extension Double {
  /// A tolerance of single precision, or the same number of roundings in double precision: fixtures have twelve digits.
  var rounded32: Scalar {
    MemoryLayout<Scalar>.size == 4 ? Scalar(self) : Scalar(max(1e-10, self * 2e-9))
  }
}
