import Backprop
import KernelSupport
import TestSupport
import Testing

@Suite struct LayerTests {
  /// A model as people write them: properties, arrays, optionals, a part in a part, a shared layer.
  private struct Model {
    struct Block {
      let scale: Variable
      let dense: Dense
    }
    let name = "a model"
    let first: Dense
    let blocks: [Block]
    let grid: [[Variable]]
    let present: Dense?
    let absent: Dense?
    let network: Sequential
    let shared: Dense
    let constant = Variable(Tensor(1))
    let head: any Layer
  }

  private static func model() -> Model {
    var generator = SeededGenerator(seed: 1)
    func dense(_ inputs: Int, _ outputs: Int) -> Dense { Dense(inputs, outputs, using: &generator) }
    func parameter() -> Variable { Variable(Tensor(shape: [1]), needsGradient: true) }
    let first = dense(2, 3)
    return Model(
      first: first, blocks: (0..<2).map { _ in .init(scale: parameter(), dense: dense(3, 3)) },
      grid: [[parameter()], [parameter(), parameter()]], present: dense(3, 1), absent: nil,
      network: Sequential(dense(1, 2), Sequential(dense(2, 1))), shared: first, head: dense(1, 1))
  }

  @Test func `parameters are found by name, in order of declaration, each once`() {
    let expected = [
      "first.weight", "first.bias",
      "blocks.0.scale", "blocks.0.dense.weight", "blocks.0.dense.bias",
      "blocks.1.scale", "blocks.1.dense.weight", "blocks.1.dense.bias",
      "grid.0.0", "grid.1.0", "grid.1.1",
      "present.weight", "present.bias",
      "network.0.weight", "network.0.bias", "network.1.0.weight", "network.1.0.bias",
      "head.weight", "head.bias",
    ]
    #expect(parameters(of: Self.model()).map(\.name) == expected)
  }

  @Test func `a parameter is the model's own variable`() {
    let model = Self.model()
    let found = parameters(of: model)
    #expect(found[0].variable === model.first.weight && found[10].variable === model.grid[1][1])
  }

  @Test func `scalars are counted`() {
    #expect(parameters(of: Self.model()).scalarCount == 9 + 2 * 13 + 3 + 4 + 4 + 3 + 2)
    #expect(parameters(of: "nothing").scalarCount == 0)
  }

  @Test func `descent goes against the gradient, and clearing forgets it`() {
    let x = Variable(Tensor([1, 2], shape: [2]), needsGradient: true)
    let model = [NamedParameter("x", x)]
    (x * x).sum().backward()
    model.descend(learningRate: 0.25)
    #expect(x.value == Tensor([0.5, 1], shape: [2]))
    model.clearGradients()
    #expect(x.gradient == nil)
  }

  @Test(arguments: Backend.allCases)
  func `a dense layer is a product, a row and an activation`(backend: Backend) {
    var generator = SeededGenerator(seed: 1)
    let layer = Dense(2, 3, activation: .relu, using: &generator)
    #expect(layer.bias.value == Tensor(shape: [3]))
    layer.weight.setValue(Tensor([1, 2, 3, 4, 5, 6], shape: [2, 3]))
    layer.bias.setValue(Tensor([0.5, 0, -1], shape: [3]))
    let y = Backend.$current.withValue(backend) {
      layer(Variable(Tensor([1, -1, 2, 0], shape: [2, 1, 2])))
    }
    #expect(y.value == Tensor([0, 0, 0, 2.5, 4, 5], shape: [2, 1, 3]))
  }

  @Test func `layers in sequence are applied in order`() {
    var generator = SeededGenerator(seed: 2)
    let (first, second) = (
      Dense(3, 4, activation: .tanh, using: &generator), Dense(4, 2, using: &generator)
    )
    let x = Variable(Tensor(numbersOffZero(count: 6, seed: 3), shape: [2, 3]))
    #expect(Sequential(first, second)(x).value == second(first(x)).value)
    #expect(Sequential()(x) === x)
  }
}
