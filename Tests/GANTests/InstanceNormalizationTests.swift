import Backprop
import CNN
import GAN
import KernelSupport
import TestSupport
import Testing

@Suite struct InstanceNormalizationTests {
  @Test(arguments: Backend.allCases)
  func `outputs and gradients are those of PyTorch's InstanceNorm2d`(backend: Backend) throws {
    let fixture = try Fixture("instance")
    for (name, shape) in [("several images", [3, 4, 5, 2]), ("one image", [1, 2, 3, 17])] {
      func variable(_ tensor: String, _ shape: [Int]) -> Variable {
        Variable(Tensor(fixture[name, tensor], shape: shape), needsGradient: true)
      }
      let x = variable("x", shape)
      let (scale, shift) = (variable("scale", [shape[3]]), variable("shift", [shape[3]]))
      Backend.$current.withValue(backend) {
        let y = x.instanceNormalization(scale: scale, shift: shift)
        y.backward(Tensor(fixture[name, "upstream"], shape: shape))
        // Two sums over at most 20 pixels, a root, a quotient; three images are added in the parameters' gradients.
        let tolerance = 64 * Scalar.ulpOfOne
        expectClose(y.value.elements, fixture[name, "y"], within: tolerance, "y")
        for (variable, tensor) in [(x, "x"), (scale, "scale"), (shift, "shift")] {
          expectClose(
            variable.gradient?.elements ?? [], fixture[name, "\(tensor) gradient"],
            within: tolerance, tensor)
        }
      }
    }
  }

  @Test(arguments: Backend.allCases)
  func `gradients are the measured slopes`(backend: Backend) {
    let inputs = variables([[2, 2, 3, 3], [3], [3]])
    Backend.$current.withValue(backend) {
      expectGradients(inputs) {
        inputs[0].variable.instanceNormalization(
          scale: inputs[1].variable, shift: inputs[2].variable)
      }
    }
  }

  @Test func `an image's result does not depend on its neighbours, in training either`() {
    var generator = SeededGenerator(seed: 1)
    let layer = InstanceNormalization(3, activation: .relu)
    let (first, second) = (
      Tensor.noise([1, 4, 4, 3], using: &generator), Tensor.noise([1, 4, 4, 3], using: &generator)
    )
    let both = Variable(Tensor(first.elements + second.elements, shape: [2, 4, 4, 3]))
    let alone = layer(Variable(first)).value.elements
    #expect(Array(layer(both, .training(seed: 1)).value.elements.prefix(48)) == alone)
    // The control: a batch normalisation in training judges an image by its company.
    let batch = BatchNormalization(3, activation: .relu)
    let mixed = batch(both, .training(seed: 1)).value.elements
    #expect(Array(mixed.prefix(48)) != batch(Variable(first), .training(seed: 1)).value.elements)
  }

  @Test func `every channel of every image has mean β and deviation γ`() {
    var generator = SeededGenerator(seed: 2)
    let layer = InstanceNormalization(2)
    layer.weight.setValue(Tensor([2, 3], shape: [2]))
    layer.bias.setValue(Tensor([-1, 5], shape: [2]))
    let y = layer(Variable(.noise([3, 8, 8, 2], using: &generator))).value.elements
    for image in 0..<3 {
      for channel in 0..<2 {
        let values = (0..<64).map { y[image * 128 + 2 * $0 + channel] }
        let mean = values.reduce(0, +) / 64
        let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 64
        // ε = 10⁻⁵ beside a variance near 1 takes half of that from the deviation.
        expectClose(
          [mean, variance.squareRoot()], [[-1, 5][channel], [2, 3][channel]], within: 1e-4)
      }
    }
  }
}
