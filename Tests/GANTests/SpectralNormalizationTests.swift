import Backprop
import CNN
import GAN
import KernelSupport
import TestSupport
import Testing

@Suite struct SpectralNormalizationTests {
  private func checkThreeSteps<Base: WeightedLayer>(
    _ name: String, _ base: Base, _ shape: [Int]
  ) throws {
    let fixture = try Fixture("spectral")
    var generator = SeededGenerator(seed: 1)
    let layer = SpectralNormalization(base, using: &generator)
    layer.left.setValue(Tensor(fixture[name, "left"], shape: layer.left.value.shape))
    layer.right.setValue(Tensor(fixture[name, "right"], shape: layer.right.value.shape))
    let x = Variable(Tensor(fixture[name, "x"], shape: shape))
    var (outputs, gradients): ([Scalar], [Scalar]) = ([], [])
    for step in 0..<3 {
      base.weight.clearGradient()
      let y = layer(x, .training(seed: 1))
      outputs += y.value.elements
      let count = y.value.count
      let upstream = Array(fixture[name, "upstream"][step * count..<(step + 1) * count])
      y.backward(Tensor(upstream, shape: y.value.shape))
      gradients += base.weight.gradient?.elements ?? []
    }
    // Sums of up to 24 products, a root and two quotients, doubled by the projection.
    let tolerance = 64 * Scalar.ulpOfOne
    expectClose(outputs, fixture[name, "y"], within: tolerance, "outputs")
    expectClose(gradients, fixture[name, "weight gradient"], within: tolerance, "gradients")
    expectClose(layer.left.value.elements, fixture[name, "left after"], within: tolerance, "left")
    expectClose(
      layer.right.value.elements, fixture[name, "right after"], within: tolerance, "right")
    let before = layer.left.value
    expectClose(
      layer(x, .evaluation).value.elements, fixture[name, "y in evaluation"], within: tolerance,
      "evaluation")
    #expect(layer.left.value == before, "evaluation must not iterate")
  }

  @Test(arguments: Backend.allCases)
  func `three training steps are PyTorch's`(backend: Backend) throws {
    let fixture = try Fixture("spectral")
    func parameter(_ name: String, _ tensor: String, _ shape: [Int]) -> Variable {
      Variable(Tensor(fixture[name, tensor], shape: shape), needsGradient: true)
    }
    try Backend.$current.withValue(backend) {
      try checkThreeSteps(
        "dense",
        Dense(
          weight: parameter("dense", "weight", [5, 4]), bias: parameter("dense", "bias", [4]),
          activation: .linear), [3, 5])
      try checkThreeSteps(
        "convolution",
        Conv2D(
          weight: parameter("convolution", "weight", [3, 3, 2, 3]),
          bias: parameter("convolution", "bias", [3]), window: Window(3), activation: .linear),
        [2, 5, 4, 2])
    }
  }

  @Test func `power iteration finds the largest singular value`() {
    var generator = SeededGenerator(seed: 2)
    let dense = Dense(9, 6, initializer: .gaussian(standardDeviation: 1), using: &generator)
    let layer = SpectralNormalization(dense, iterations: 200, using: &generator)
    let w = dense.weight.value
    let squares = (0..<6).map { i in
      (0..<6).map { j in
        (0..<9).reduce(0.0) { $0 + Double(w.elements[$1 * 6 + i]) * Double(w.elements[$1 * 6 + j]) }
      }
    }
    let largest = SymmetricEigenvalues(squares).values.max()!.squareRoot()
    let (left, right) = (layer.left.value.elements, layer.right.value.elements)
    let sigma = (0..<54).reduce(0.0) {
      $0 + Double(left[$1 / 6]) * Double(w.elements[$1]) * Double(right[$1 % 6])
    }
    // Two hundred rounds are far more than the gap needs; what is left is rounding.
    #expect(abs(sigma - largest) <= 32 * Double(Scalar.ulpOfOne) * largest)
  }

  @Test(arguments: Backend.allCases)
  func `gradients are the measured slopes, the divisor's included`(backend: Backend) {
    let inputs = variables([[4, 3], [2, 4]])
    let left: [Scalar] = [0.5, -0.5, 0.5, 0.5]
    let right: [Scalar] = [0.6, 0, -0.8]
    Backend.$current.withValue(backend) {
      expectGradients(inputs) {
        inputs[1].variable.matrixProduct(
          inputs[0].variable.spectrallyNormalized(left: left, right: right))
      }
    }
  }

  @Test func `a frozen layer gives the same output and iterates on a copy`() {
    var generator = SeededGenerator(seed: 3)
    let layer = SpectralNormalization(Dense(3, 2, using: &generator), using: &generator)
    let x = Variable(Tensor([1, 2, 3], shape: [1, 3]), needsGradient: true)
    let frozen = layer.frozen
    let y = frozen(x, .evaluation)
    #expect(y.value == layer(x, .evaluation).value)
    y.sum().backward()
    #expect(x.gradient != nil && layer.base.weight.gradient == nil)
    let before = layer.left.value
    frozen.iterate()
    #expect(layer.left.value == before)
  }
}
