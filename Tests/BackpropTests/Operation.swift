import Backprop
import KernelSupport
import Testing

/// One operation or loss in a form that all of them share; `make_fixtures.py` has the same table.
struct Operation: Sendable, CustomTestStringConvertible {
  let name: String
  /// The shapes of the inputs.
  let shapes: [[Int]]
  let apply: @Sendable (_ inputs: [Variable]) -> Variable

  var testDescription: String { name }

  init(
    _ name: String, _ shapes: [Int]...,
    apply: @escaping @Sendable (_ inputs: [Variable]) -> Variable
  ) {
    self.name = name
    self.shapes = shapes
    self.apply = apply
  }

  static let arithmetic = [
    Operation("add", [2, 3], [2, 3]) { $0[0] + $0[1] },
    Operation("subtract", [2, 3], [2, 3]) { $0[0] - $0[1] },
    Operation("multiply", [2, 3], [2, 3]) { $0[0] * $0[1] },
    Operation("scale", [2, 3]) { -0.75 * $0[0] },
    Operation("sum", [2, 3]) { $0[0].sum() },
    Operation("reshape", [2, 3]) { $0[0].reshaped([3, 2]) },
    Operation("square", [2, 3]) { $0[0] * $0[0] },
    Operation("matrixProduct", [2, 3, 4], [4, 5]) { $0[0].matrixProduct($0[1]) },
    Operation("matrixProduct by itself", [3, 3]) { $0[0].matrixProduct($0[0]) },
    Operation("addRow", [2, 3, 4], [4]) { $0[0].addingRow($0[1]) },
  ]

  static let activations = [
    Operation("sigmoid", [2, 5]) { $0[0].sigmoid() },
    Operation("tanh", [2, 5]) { $0[0].tanh() },
    Operation("relu", [2, 5]) { $0[0].relu() },
    Operation("leakyReLU", [2, 5]) { $0[0].leakyReLU(slope: 0.25) },
    Operation("gelu", [2, 5]) { $0[0].gelu() },
    Operation("softmax", [2, 3, 5]) { $0[0].softmax() },
  ]

  static let losses = [
    Operation("meanSquaredError", [2, 3]) {
      $0[0].meanSquaredError(Tensor([0, 0.25, 0.5, 0.75, 1, 1.25], shape: [2, 3]))
    },
    Operation("binaryCrossEntropy", [2, 3]) {
      $0[0].binaryCrossEntropy(Tensor([0, 0.25, 1, 1, 0.5, 0], shape: [2, 3]))
    },
    Operation("softmaxCrossEntropy", [3, 4]) { $0[0].softmaxCrossEntropy([2, 0, 3]) },
  ]

  static let all = arithmetic + activations + losses
}
