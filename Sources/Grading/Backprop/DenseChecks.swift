import Backprop
import KernelSupport

extension BackpropExercises {
  static var denseExercise: Exercise {
    Exercise(
      "denseBackward",
      hint:
        "each gradient has the shape of what it belongs to: upstream Wᵀ, Xᵀ upstream, and a sum over the batch.",
      [
        Check("the gradient by the input") {
          try checkDense { layer, gradients in
            try expect(
              gradients.input,
              product(
                layer.upstream, layer.weight,
                MatrixProductShape(
                  rows: layer.batch, columns: layer.inputs, inner: layer.outputs,
                  rightTransposed: true)),
              for: layer.description)
          }
        },
        Check("the gradient by the weights") {
          try checkDense { layer, gradients in
            try expect(
              gradients.weight,
              product(
                layer.input, layer.upstream,
                MatrixProductShape(
                  rows: layer.inputs, columns: layer.outputs, inner: layer.batch,
                  leftTransposed: true)),
              for: layer.description)
          }
        },
        Check("the gradient by the bias") {
          try checkDense { layer, gradients in
            let upstream = layer.upstream.joined().map { Scalar($0) }
            var sums = [Scalar](repeating: 0, count: layer.outputs)
            var span = sums.mutableSpan
            Naive.columnSums(upstream.span, into: &span, accumulating: false)
            try expect(gradients.bias, sums.map { Double($0) }, for: layer.description)
          }
        },
      ])
  }

  private static func checkDense(
    _ check: (
      DenseExample, (input: [[Double]], weight: [[Double]], bias: [Double])
    ) throws -> Void
  ) throws {
    for (batch, inputs, outputs) in [
      (1, 1, 1), (3, 3, 3), (1, 4, 2), (5, 1, 3), (4, 3, 1), (7, 5, 3), (2, 13, 17),
    ] {
      let layer = DenseExample(batch: batch, inputs: inputs, outputs: outputs)
      let gradients = try denseBackward(
        input: layer.input, weight: layer.weight, upstream: layer.upstream)
      try check(layer, gradients)
    }
  }
}

/// A dense layer's inputs, weights and upstream gradient, all exact numbers.
private struct DenseExample: CustomStringConvertible {
  let (batch, inputs, outputs): (Int, Int, Int)
  let (input, weight, upstream): ([[Double]], [[Double]], [[Double]])

  init(batch: Int, inputs: Int, outputs: Int) {
    (self.batch, self.inputs, self.outputs) = (batch, inputs, outputs)
    var generator = inputGenerator(22)
    input = generator.exactMatrix(rows: batch, columns: inputs)
    weight = generator.exactMatrix(rows: inputs, columns: outputs)
    upstream = generator.exactMatrix(rows: batch, columns: outputs)
  }

  var description: String { "\(batch) examples, \(inputs) inputs, \(outputs) outputs" }
}
