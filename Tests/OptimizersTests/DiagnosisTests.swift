import Backprop
import KernelSupport
import Optimizers
import TestSupport
import Testing

@Suite struct DiagnosisTests {
  @Test func `a change is told as a share of the length before`() {
    let parameters = [
      parameter("a", [3, -4], gradient: [0, 0]), parameter("b", [0, 0.5], gradient: [0, 0]),
    ]
    let before = parameters.map(\.variable.value)
    parameters[0].variable.setValue(Tensor([3, -4.5], shape: [2]))
    parameters[1].variable.setValue(Tensor([2, 0.5], shape: [2]))
    // Squares and roots of exact numbers.
    #expect(parameters.relativeChanges(since: before) == [0.1, 4])
  }

  @Test func `a parameter that was zero has gone infinitely far, or nowhere`() {
    let parameters = [parameter("a", [0], gradient: [0])]
    let before = parameters.map(\.variable.value)
    #expect(parameters.relativeChanges(since: before)[0].isNaN)
    parameters[0].variable.setValue(Tensor([1], shape: [1]))
    #expect(parameters.relativeChanges(since: before) == [.infinity])
  }

  @Test func `values of other shapes are refused`() async {
    await #expect(processExitsWith: .failure) {
      let parameters = [
        NamedParameter("w", Variable(Tensor([1, 2], shape: [2]), needsGradient: true))
      ]
      _ = parameters.relativeChanges(since: [Tensor([1, 2], shape: [2, 1])])
    }
  }

  @Test(arguments: [nil, 0, 2] as [Int?])
  func `the layer that makes the first infinity is found`(culprit: Int?) {
    var generator = SeededGenerator(seed: 1)
    let layers = (0..<3).map { _ in Dense(2, 2, using: &generator) }
    if let culprit {
      parameters(of: layers[culprit])[0].variable.setValue(
        Tensor([.infinity, 1, 1, 1], shape: [2, 2]))
    }
    let input = Variable(Tensor([1, 1], shape: [1, 2]))
    #expect(Sequential(layers).firstNonFiniteLayer(for: input) == culprit)
  }

  @Test func `a broken input breaks the first layer`() {
    var generator = SeededGenerator(seed: 1)
    let network = Sequential([Dense(2, 2, using: &generator)])
    #expect(
      network.firstNonFiniteLayer(for: Variable(Tensor([.nan, 1], shape: [1, 2]))) == 0)
  }
}
