import Backprop
import KernelSupport

/// The kernels of chapter 2 beside the matrix product.
extension KernelCase {
  static var matrices: [KernelCase] {
    [
      combine("add") { $0.arithmetic.add($1, to: &$2) },
      combine("subtract") { $0.arithmetic.subtract($1, from: &$2) },
      combine("multiply") { $0.arithmetic.multiply(&$2, by: $1) },
      update("scale") { $0.arithmetic.scale(&$1, by: 0.5) },
      addRow(rows: 256, columns: 128),
      sums("columnSums", rows: 256, columns: 128, count: 128, length: 256) {
        $0.matrix.columnSums($1, into: &$2, accumulating: false)
      },
      sums("rowSums", rows: 256, columns: 128, count: 256, length: 128) {
        $0.matrix.rowSums($1, into: &$2, accumulating: false)
      },
    ]
  }

  static var losses: [KernelCase] {
    let n = Scalar(elementCount)
    return [
      reduce(
        "meanSquaredError", in: -1..<1, with: -1..<1,
        tolerance: Tolerance.mean(of: elementCount, magnitude: 1)
      ) { $0.loss.meanSquaredError($1, $2) },
      combine("meanSquaredErrorBackward", with: -1..<1, magnitude: 4 / n) {
        $0.loss.meanSquaredErrorBackward(target: $1, upstream: 1, gradient: &$2)
      },
      reduce(
        "binaryCrossEntropy", in: -4..<4, with: 0..<1,
        tolerance: Tolerance.mean(of: elementCount, magnitude: 2)
      ) { $0.loss.binaryCrossEntropy(logits: $1, $2) },
      combine("binaryCrossEntropyBackward", in: -4..<4, with: 0..<1, magnitude: 1 / n) {
        $0.loss.binaryCrossEntropyBackward(target: $1, upstream: 1, gradient: &$2)
      },
      softmaxCrossEntropy(rows: 2048, columns: 10),
      softmaxCrossEntropyBackward(rows: 2048, columns: 10),
    ]
  }

  private static func addRow(rows: Int, columns: Int) -> KernelCase {
    KernelCase(
      kernel: "addRow", shape: "\(rows)x\(columns)",
      cost: .memory(.update, elements: rows * columns)
    ) {
      let row = numbers(columns, stream: 2)
      return KernelTrial(
        changing: numbers(rows * columns), tolerance: Tolerance.rounding(magnitude: 2)
      ) { $0.matrix.addRow(row.span, to: &$1) }
    }
  }

  private static func sums(
    _ kernel: String, rows: Int, columns: Int, count: Int, length: Int,
    _ body:
      @escaping (
        _ kernels: Backend, _ x: Span<Scalar>, _ sums: inout MutableSpan<Scalar>
      ) -> Void
  ) -> KernelCase {
    KernelCase(
      kernel: kernel, shape: "\(rows)x\(columns)", cost: .memory(.read, elements: rows * columns)
    ) {
      let x = numbers(rows * columns)
      var trial = KernelTrial(
        changing: numbers(count, stream: 2), tolerance: Tolerance.signedSum(of: length)
      ) { kernels, sums in body(kernels, x.span, &sums) }
      trial.overwrites = true
      return trial
    }
  }

  /// The probabilities and, in an array of its own, the loss: some 4 for scores in ±4.
  private static func softmaxCrossEntropy(rows: Int, columns: Int) -> KernelCase {
    KernelCase(
      kernel: "softmaxCrossEntropy", shape: "\(rows)x\(columns)",
      cost: .memory(.update, elements: rows * columns)
    ) {
      let labels = randomLabels(rows, below: columns)
      return KernelTrial(
        changing: [numbers(rows * columns, in: -4..<4), [0]],
        tolerance: Tolerance.mean(of: rows, magnitude: 4)
      ) { kernels, arrays in
        var logits = arrays[0].mutableSpan
        let loss = kernels.loss.softmaxCrossEntropy(&logits, columns: columns, labels: labels.span)
        arrays[1][0] = loss
      }
    }
  }

  private static func softmaxCrossEntropyBackward(rows: Int, columns: Int) -> KernelCase {
    KernelCase(
      kernel: "softmaxCrossEntropyBackward", shape: "\(rows)x\(columns)",
      cost: .memory(.update, elements: rows * columns)
    ) {
      let labels = randomLabels(rows, below: columns)
      return KernelTrial(
        changing: numbers(rows * columns, in: 0..<1),
        tolerance: Tolerance.rounding(magnitude: 1 / Scalar(rows))
      ) {
        $0.loss.softmaxCrossEntropyBackward(
          columns: columns, labels: labels.span, upstream: 1, gradient: &$1)
      }
    }
  }

  private static func randomLabels(_ count: Int, below classCount: Int) -> [Int] {
    var generator = SeededGenerator(seed: 3)
    return (0..<count).map { _ in generator.integer(below: classCount) }
  }
}
