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

  static let elementary = [
    Operation("exp", [2, 5]) { $0[0].exp() },
    Operation("log", [2, 5]) { ($0[0] * $0[0] + 1).log() },
    Operation("squareRoot", [2, 5]) { ($0[0] * $0[0] + 1).squareRoot() },
    Operation("softplus", [2, 5]) { $0[0].softplus() },
    Operation("absoluteValue", [2, 5]) { $0[0].absoluteValue() },
    Operation("divide", [2, 5], [2, 5]) { $0[0] / ($0[1] * $0[1] + 1) },
    Operation("negative", [2, 3]) { -$0[0] },
    Operation("plus and minus a number", [2, 3]) { ($0[0] + 2.5) * ($0[0] - 0.5) },
  ]

  static let shapes = [
    Operation("slice", [3, 4, 2]) { $0[0].sliced(1..<3, axis: 1) + $0[0].sliced(2..<4, axis: -2) },
    Operation("slice of the first axis", [5, 3]) { $0[0].sliced(1..<4, axis: 0) },
    Operation("concatenate", [2, 1, 3], [2, 3, 3]) {
      .concatenated([$0[0], $0[1], $0[0]], axis: 1)
    },
    Operation("stack", [2, 3], [2, 3]) { .stacked([$0[0], $0[1], $0[0]], axis: 1) },
    Operation("stack at the end", [2, 3], [2, 3]) { .stacked([$0[0], $0[1]], axis: -1) },
    Operation("permute", [2, 3, 4, 2]) { $0[0].permuted([0, 2, 1, 3]) },
    Operation("permute all", [2, 3, 4]) { $0[0].permuted([2, 0, 1]) },
    Operation("rows", [4, 3]) { $0[0].rows(at: [2, 0, 2, 3, 2]) },
    Operation("sum of an axis", [2, 3, 4]) { $0[0].sum(axis: 1) },
    Operation("sum of the last axis", [2, 3, 4]) { $0[0].sum(axis: -1) },
    Operation("mean of an axis", [2, 3, 4]) { $0[0].mean(axis: 0) },
    Operation("mean", [2, 3, 4]) { $0[0].mean() },
    Operation("two sums of one variable", [2, 3]) {
      $0[0].sum(axis: 0).sum() + $0[0].sum(axis: 1).sum()
    },
    Operation("broadcast", [3, 1]) { $0[0].broadcast(to: [2, 3, 4]) },
    Operation("broadcast a row", [4], [2, 1, 4]) {
      $0[0].broadcast(to: [2, 3, 4]) * $0[1].broadcast(to: [2, 3, 4])
    },
  ]

  static let products = [
    Operation("batched product", [2, 3, 4], [2, 4, 5]) { $0[0].batchedProduct($0[1]) },
    Operation("batched product, left transposed", [2, 4, 3], [2, 4, 5]) {
      $0[0].batchedProduct($0[1], leftTransposed: true)
    },
    Operation("batched product, right transposed", [2, 2, 3, 4], [2, 2, 5, 4]) {
      $0[0].batchedProduct($0[1], rightTransposed: true)
    },
    Operation("batched product, both transposed", [2, 4, 3], [2, 5, 4]) {
      $0[0].batchedProduct($0[1], leftTransposed: true, rightTransposed: true)
    },
  ]

  static let softLosses = [
    Operation("soft targets", [2, 3]) {
      $0[0].softmaxCrossEntropy(Tensor([0, 0.25, 0.75, 0.5, 0.25, 0.25], shape: [2, 3]))
    },
    Operation("ignored labels", [4, 3]) {
      $0[0].softmaxCrossEntropy([2, -1, 0, -1], ignoring: -1)
    },
    Operation("smoothed labels", [3, 4]) {
      $0[0].softmaxCrossEntropy([2, 9, 3], ignoring: 9, labelSmoothing: 0.1)
    },
  ]

  static let choices = [
    Operation("power", [2, 5]) { ($0[0] * $0[0] + 1).power(-1.5) },
    Operation("cube", [2, 5]) { $0[0].power(3) },
    Operation("selected", [2, 3], [2, 3]) {
      $0[0].selected(where: [true, false, false, true, true, false], otherwise: $0[1])
    },
    Operation("maximum of an axis", [2, 3, 4]) { $0[0].maximum(axis: 1) },
    Operation("maximum of the last axis", [2, 3, 4]) { $0[0].maximum(axis: -1) },
    Operation("maximum", [2, 3, 4]) { $0[0].maximum() },
    Operation("two maxima of one variable", [3, 4]) {
      $0[0].maximum(axis: 0).sum() + $0[0].maximum(axis: 1).sum()
    },
    Operation("losses of rows", [3, 4]) { $0[0].softmaxCrossEntropies([2, 0, 3]) },
    Operation("product with a bias", [2, 3, 4], [4, 5], [5]) {
      $0[0].matrixProduct($0[1], bias: $0[2])
    },
  ]

  static let all =
    arithmetic + activations + losses + elementary + shapes + products + softLosses + choices
}
