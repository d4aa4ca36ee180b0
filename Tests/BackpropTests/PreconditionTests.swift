import Backprop
import KernelSupport
import Testing

/// A layer that learns and is used differently.
private struct Doubling: Layer {
  func callAsFunction(_ input: Variable, _ phase: Phase) -> Variable {
    phase == .evaluation ? input : 2 * input
  }
}

/// A programmer's mistake, and what the program must say before it stops.
struct Mistake: Sendable, CustomTestStringConvertible {
  let message: String
  let make: @Sendable () -> Void
  var testDescription: String { message }

  init(_ message: String, make: @escaping @Sendable () -> Void) {
    self.message = message
    self.make = make
  }

  private static func variable(_ shape: Int...) -> Variable {
    Variable(Tensor(shape: shape), needsGradient: true)
  }

  static let all = [
    Mistake("+: operands of shapes [2, 3] and [3, 2]") { _ = variable(2, 3) + variable(3, 2) },
    Mistake("-: operands of shapes [2] and [3]") { _ = variable(2) - variable(3) },
    Mistake("*: operands of shapes [6] and [2, 3]") { _ = variable(6) * variable(2, 3) },
    Mistake("matrixProduct: [2, 3] by [4, 5]") { _ = variable(2, 3).matrixProduct(variable(4, 5)) },
    Mistake("matrixProduct: [2, 3] by [3]") { _ = variable(2, 3).matrixProduct(variable(3)) },
    Mistake("matrixProduct: a bias [2] for weights [3, 4]") {
      _ = variable(2, 3).matrixProduct(variable(3, 4), bias: variable(2))
    },
    Mistake("selected: 5 answers for a variable of shape [2, 3]") {
      _ = variable(2, 3).selected(
        where: [Bool](repeating: true, count: 5), otherwise: variable(2, 3))
    },
    Mistake("selected: operands of shapes [2] and [3]") {
      _ = variable(2).selected(where: [true, true], otherwise: variable(3))
    },
    Mistake("maximum: nothing along dimension 1 of [2, 0]") {
      _ = variable(2, 0).maximum(axis: 1)
    },
    Mistake("softmaxCrossEntropies: labels [0, 3] for a variable of shape [2, 3]") {
      _ = variable(2, 3).softmaxCrossEntropies([0, 3])
    },
    Mistake("needsGradient: an operation computed this variable of shape [2]") {
      (2 * variable(2)).needsGradient = false
    },
    Mistake("matrixProduct: [2, 4] by [5, 1] (in layer 1.0)") {
      var generator = SeededGenerator(seed: 1)
      let network = Sequential(
        Dense(3, 4, using: &generator), Sequential(Dense(5, 1, using: &generator)))
      _ = network(variable(2, 3))
    },
    Mistake(
      "Sequential: a Doubling is called without a phase: pass .training(seed:) or .evaluation "
        + "(in layer 0)"
    ) { _ = Sequential(Doubling())(variable(2)) },
    Mistake("addingRow: [2] to [2, 3]") { _ = variable(2, 3).addingRow(variable(2)) },
    Mistake("Tensor: 6 elements for the shape [4]") { _ = variable(2, 3).reshaped([4]) },
    Mistake("Tensor.number: a tensor of shape [2] has 2 elements") {
      _ = Tensor(shape: [2]).number
    },
    Mistake("softmax: 0 elements in rows of 0") { _ = variable(2, 0).softmax() },
    Mistake("leakyReLU: a slope of 0.0 is not positive") { _ = variable(2).leakyReLU(slope: 0) },
    Mistake("meanSquaredError: a target of shape [3, 2] for a prediction of [2, 3]") {
      _ = variable(2, 3).meanSquaredError(Tensor(shape: [3, 2]))
    },
    Mistake("binaryCrossEntropy: a target of shape [3] for a prediction of [2]") {
      _ = variable(2).binaryCrossEntropy(Tensor(shape: [3]))
    },
    Mistake("softmaxCrossEntropy: 6 logits for 3 labels of 3 classes") {
      _ = variable(2, 3).softmaxCrossEntropy([0, 1, 2])
    },
    Mistake("softmaxCrossEntropy: label 3 is not one of 3 classes") {
      _ = variable(2, 3).softmaxCrossEntropy([0, 3])
    },
    Mistake("backward: a variable of shape [2] is no loss and needs an upstream gradient") {
      variable(2).backward()
    },
    Mistake("HandwrittenLoss: an answer of 2 and a target of 3") {
      var generator = SeededGenerator(seed: 1)
      let network = HandwrittenNetwork(
        sizes: [1, 2], hiddenUnit: .relu, loss: .meanSquaredError, using: &generator)
      _ = network.meanLoss(inputs: [[1]], targets: [[1, 0, 1]])
    },
    Mistake("HandwrittenNetwork: 2 inputs for 1 targets") {
      var generator = SeededGenerator(seed: 1)
      let network = HandwrittenNetwork(
        sizes: [1, 2], hiddenUnit: .relu, loss: .meanSquaredError, using: &generator)
      _ = network.meanLoss(inputs: [[1], [2]], targets: [[1, 0]])
    },
    Mistake(
      "descend: the parameter 'idle' of shape [2] has no gradient: no loss that was differentiated depends on it"
    ) {
      [NamedParameter("idle", variable(2))].descend(learningRate: 1)
    },
    Mistake("Trainer.step: 'a' and 'b' are the same variable") {
      let shared = variable(2)
      [NamedParameter("a", shared), NamedParameter("b", shared)].checkDistinct("Trainer.step")
    },
    Mistake("Trainer.step: two parameters are called 'a': take them from one model that holds both")
    {
      [NamedParameter("a", variable(2)), NamedParameter("a", variable(2))]
        .checkDistinct("Trainer.step")
    },
    Mistake("addGradient: a gradient of shape [3] for a value of shape [2]") {
      variable(2).backward(Tensor(shape: [3]))
    },
    Mistake("backward: nothing that this variable was computed from needs a gradient") {
      Variable(Tensor(1)).backward()
    },
    Mistake("backward: an earlier backward pass used up the graph of a variable of shape []") {
      let loss = variable(2).sum()
      loss.backward()
      loss.backward()
    },
    Mistake("backward: an earlier backward pass used up the graph of a variable of shape [2]") {
      let shared = 2 * variable(2)
      shared.sum().backward()
      (shared * shared).sum().backward()
    },
    Mistake("update: a variable of shape [2] has no gradient") { variable(2).update { _, _ in } },
    Mistake("setValue: a value of shape [3] for one of shape [2]") {
      variable(2).setValue(Tensor(shape: [3]))
    },
    Mistake("Dense: a layer of 0 inputs and 3 outputs") {
      var generator = SeededGenerator(seed: 1)
      _ = Dense(0, 3, using: &generator)
    },
    Mistake("MatrixProductShape: a size of 2×-1 by -1×3 is negative") {
      _ = MatrixProductShape(rows: 2, columns: 3, inner: -1)
    },
    Mistake("Fast.matrixProduct: 6, 6 and 4 elements for 2×3 by 3×3") { multiply(Fast.self) },
    Mistake("Naive.matrixProduct: 6, 6 and 4 elements for 2×3 by 3×3") { multiply(Naive.self) },
  ]

  private static func multiply(_ kernels: any MatrixKernels.Type) {
    let operand = [Scalar](repeating: 0, count: 6)
    var product = [Scalar](repeating: 0, count: 4)
    var span = product.mutableSpan
    kernels.matrixProduct(
      operand.span, operand.span, into: &span,
      MatrixProductShape(rows: 2, columns: 3, inner: 3), accumulating: false)
  }
}

@Suite struct PreconditionTests {
  @Test(arguments: Mistake.all.indices)
  func `a mistake stops the program with a message`(index: Int) async throws {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) { [index] in
      Mistake.all[index].make()
    }
    let output = try #require(result).standardErrorContent
    #expect(
      String(decoding: output, as: UTF8.self).contains("error: \(Mistake.all[index].message)\n"))
  }
}
