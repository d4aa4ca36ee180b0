import Backprop
import KernelSupport
import Optimizers
import TestSupport
import Testing

@Suite struct PhaseTests {
  private static var x: Variable { Variable(Tensor(repeating: 1, shape: [4, 50])) }

  @Test func `dropout in a network drops while it learns`() {
    let network = Sequential(Dropout(0.5))
    let dropped = network(Self.x, .training(seed: 3)).value.elements
    #expect(Set(dropped) == [0, 2])
    #expect(network(Self.x, .evaluation).value == Self.x.value)
  }

  @Test func `the seed decides what is dropped, elsewhere in every layer`() {
    func outputs(_ seed: UInt64) -> [Tensor] {
      let network = Sequential(Dropout(0.5), Sequential(Dropout(0.5), Dropout(0.5)), Dropout(0.5))
      func masks(_ layers: [any Layer], _ phase: Phase) -> [Tensor] {
        layers.enumerated().flatMap { index, layer in
          let part = phase.part(index)
          guard let parts = layer as? Sequential else { return [layer(Self.x, part).value] }
          return masks(parts.layers, part)
        }
      }
      return masks(network.layers, .training(seed: seed))
    }
    #expect(outputs(1) == outputs(1))
    let masks = outputs(1) + outputs(2)
    #expect(masks.indices.allSatisfy { i in masks[..<i].allSatisfy { $0 != masks[i] } })
  }

  /// What follows a step's seed by one, as that of the next step may, has other parts.
  @Test func `no part of a seed is a part of a seed nearby`() {
    let parts = (0..<40).flatMap { seed in (0..<40).map { Phase.training(seed: seed).part($0) } }
    #expect(Set(parts).count == 1600)
  }

  @Test func `a layer without phases does the same in both`() {
    var generator = SeededGenerator(seed: 1)
    let layer = Dense(50, 3, using: &generator)
    #expect(
      layer(Self.x, .training(seed: 1)).value == layer(Self.x).value)
  }
}
