import KernelSupport
import Perceptrons

/// The kernels of chapter 1.
extension KernelCase {
  static var vectors: [KernelCase] {
    [
      reduce(
        "dot", in: -1..<1, with: -1..<1, tolerance: Tolerance.signedSum(of: elementCount)
      ) { $0.vector.dot($1, $2) },
      combine("addScaled") { $0.vector.addScaled($1, by: -0.01, to: &$2) },
      matrixVector(rows: 256, columns: 256, transposed: false),
      matrixVector(rows: 256, columns: 256, transposed: true),
    ]
  }

  static var activations: [KernelCase] {
    let large = exponentials(count: 1_000_000).map { details in
      var details = details
      details.isDetail = true
      return details
    }
    return exponentials(count: elementCount) + large + [
      update("relu") { $0.activation.relu(&$1) },
      combine("reluBackward") { $0.activation.reluBackward(output: $1, gradient: &$2) },
      update("leakyReLU") { $0.activation.leakyReLU(&$1, slope: 0.01) },
      combine("leakyReLUBackward") {
        $0.activation.leakyReLUBackward(output: $1, slope: 0.01, gradient: &$2)
      },
      softmax(rows: 256, columns: 128),
      softmaxBackward(rows: 256, columns: 128),
    ]
  }

  /// The activations that have an exponential in them, and their pullbacks.
  private static func exponentials(count: Int) -> [KernelCase] {
    [
      update("sigmoid", count: count) { $0.activation.sigmoid(&$1) },
      combine("sigmoidBackward", count: count, with: 0..<1, magnitude: 1) {
        $0.activation.sigmoidBackward(output: $1, gradient: &$2)
      },
      update("tanh", count: count) { $0.activation.tanh(&$1) },
      combine("tanhBackward", count: count, with: -1..<1, magnitude: 1) {
        $0.activation.tanhBackward(output: $1, gradient: &$2)
      },
      update("gelu", count: count) { $0.activation.gelu(&$1) },
      combine("geluBackward", count: count) {
        $0.activation.geluBackward(input: $1, gradient: &$2)
      },
    ]
  }

  private static func matrixVector(rows: Int, columns: Int, transposed: Bool) -> KernelCase {
    KernelCase(
      kernel: "matrixVector", shape: "\(rows)x\(columns)", transposed: transposed ? "left" : nil,
      cost: .memory(.read, elements: rows * columns)
    ) {
      let (inner, count) = transposed ? (rows, columns) : (columns, rows)
      let matrix = numbers(rows * columns)
      let vector = numbers(inner, stream: 2)
      var trial = KernelTrial(
        changing: numbers(count, stream: 3), tolerance: Tolerance.signedSum(of: inner)
      ) {
        $0.vector.matrixVector(
          matrix.span, columns: columns, transposed: transposed, vector.span, into: &$1,
          accumulating: false)
      }
      trial.overwrites = true
      return trial
    }
  }

  /// Scores in ±4 give probabilities below 0.1 in a row of more than 100.
  private static func softmax(rows: Int, columns: Int) -> KernelCase {
    KernelCase(
      kernel: "softmax", shape: "\(rows)x\(columns)",
      cost: .memory(.update, elements: rows * columns)
    ) {
      KernelTrial(
        changing: numbers(rows * columns, in: -4..<4),
        tolerance: Tolerance.rounding(magnitude: 0.1)
      ) { $0.activation.softmax(&$1, columns: columns) }
    }
  }

  private static func softmaxBackward(rows: Int, columns: Int) -> KernelCase {
    KernelCase(
      kernel: "softmaxBackward", shape: "\(rows)x\(columns)",
      cost: .memory(.combine, elements: rows * columns)
    ) {
      let output = softmax(rows: rows, columns: columns).prepare().results(.naive)[0]
      return KernelTrial(
        changing: numbers(rows * columns, stream: 2),
        tolerance: Tolerance.rounding(magnitude: 0.1)
      ) {
        $0.activation.softmaxBackward(output: output.span, columns: columns, gradient: &$1)
      }
    }
  }
}
