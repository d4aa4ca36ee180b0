import Autoencoders
import Backprop
import KernelSupport
import TestSupport
import Testing

/// scikit-learn's `BernoulliRBM` is the independent machine: its chains are recorded, so that nothing is random.
@Suite struct BernoulliRBMTests {
  @Test(arguments: Backend.allCases)
  func `free energies and three steps are scikit-learn's`(backend: Backend) throws {
    let fixture = try Fixture("bernoulli-rbm")
    let name = "three steps of rate 0.1"
    var generator = SeededGenerator(seed: 1)
    let machine = RestrictedBoltzmannMachine(7, hidden: 5, using: &generator)
    let found = parameters(of: machine)
    for parameter in found {
      parameter.variable.setValue(
        Tensor(fixture[name, parameter.name], shape: parameter.variable.value.shape))
    }
    func batch(_ key: String, _ step: Int) -> Tensor {
      Tensor(Array(fixture[name, key][step * 28..<(step + 1) * 28]), shape: [4, 7])
    }
    Backend.$current.withValue(backend) {
      // A dozen terms of size 1 and their rounding.
      expectClose(
        machine.freeEnergy(batch("data", 0)), fixture[name, "freeEnergy"], within: 64 * .ulpOfOne)
      for step in 0..<3 {
        found.clearGradients()
        (machine.freeEnergySum(of: batch("data", step), factor: 1 / 4)
          - machine.freeEnergySum(of: batch("chains", step), factor: 1 / 4)).backward()
        found.descend(learningRate: 0.1)
      }
      for parameter in found {
        expectClose(
          parameter.variable.value.elements, fixture[name, "\(parameter.name) trained"],
          within: 64 * .ulpOfOne, parameter.name)
      }
    }
  }
}
