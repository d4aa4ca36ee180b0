import Backprop
import CNN
import KernelSupport
import TestSupport
import Testing

/// A convolution of stride 1 without padding, as a layer.
private struct Convolution: PhaselessLayer {
  let weight: Variable
  let bias: Variable
  let activation: Activation

  init(_ weight: Tensor, bias: Tensor, activation: Activation) {
    self.weight = Variable(weight, needsGradient: true)
    self.bias = Variable(bias, needsGradient: true)
    self.activation = activation
  }

  func callAsFunction(_ input: Variable) -> Variable {
    let window = Window(Extent(height: weight.value.shape[0], width: weight.value.shape[1]))
    return activation(input.convolution(weight, bias: bias, window))
  }
}

/// A dense layer on all that is left of an image, and a square: scores that are not linear in it.
private struct Scores: PhaselessLayer {
  let weight: Variable
  let bias: Variable

  init(_ weight: Tensor, bias: Tensor) {
    self.weight = Variable(weight, needsGradient: true)
    self.bias = Variable(bias, needsGradient: true)
  }

  func callAsFunction(_ input: Variable) -> Variable {
    let shape = input.value.shape
    let flat = input.reshaped([shape[0], shape.dropFirst().reduce(1, *)])
    let sums = flat.matrixProduct(weight).addingRow(bias)
    return sums + 0.125 * (sums * sums)
  }
}

/// The fixture's network: two convolutions and a head.
private func network() throws -> (network: Sequential, images: Tensor, fixture: Fixture) {
  let fixture = try Fixture("seeing")
  func tensor(_ name: String, _ shape: Int...) -> Tensor {
    Tensor(fixture["gradCAM", name], shape: shape)
  }
  let network = Sequential(
    Convolution(
      tensor("0.weight", 3, 3, 2, 4), bias: tensor("0.bias", 4), activation: .relu),
    Convolution(
      tensor("1.weight", 2, 2, 4, 5), bias: tensor("1.bias", 5), activation: .tanh),
    Scores(tensor("2.weight", 30, 3), bias: tensor("2.bias", 3)))
  return (network, tensor("images", 3, 6, 5, 2), fixture)
}

@Suite struct GradientMapTests {
  let classes = [2, 0, 1]

  @Test(arguments: Backend.allCases)
  func `Grad-CAM agrees with PyTorch`(backend: Backend) throws {
    let (network, images, fixture) = try network()
    Backend.$current.withValue(backend) {
      // Sums of 18, 16 and 30 products of numbers up to 3 or so, then of 5 and 6 more, half an ulp each: 128
      // roundings of numbers below 4 on the way.
      let tolerance = 256 * Scalar.ulpOfOne
      expectClose(
        network.activations(images)[1].elements, fixture["gradCAM", "features"],
        within: tolerance)
      let map = network.gradCAM(images, classes: classes, layer: 1)
      #expect(map.shape == [3, 3, 2, 1])
      expectClose(map.elements, fixture["gradCAM", "output"], within: tolerance)
    }
  }

  @Test func `Grad-CAM of a network in two parts is that of the whole`() throws {
    let (network, images, _) = try network()
    let parts = gradCAM(images, classes: classes) {
      Sequential(Array(network.layers[..<2]))($0)
    } head: {
      network.layers[2]($0, .evaluation)
    }
    #expect(parts == network.gradCAM(images, classes: classes, layer: 1))
  }

  @Test(arguments: Backend.allCases)
  func `the score's gradient is its measured slope`(backend: Backend) throws {
    let (network, images, _) = try network()
    // Away from the kinks: tanh in both layers.
    let first = network.layers[0] as! Convolution
    let smooth = Sequential(
      Convolution(first.weight.value, bias: first.bias.value, activation: .tanh),
      network.layers[1], network.layers[2])
    Backend.$current.withValue(backend) {
      let input = Variable(images, needsGradient: true)
      let upstream = classes.flatMap { chosen in (0..<3).map { $0 == chosen ? 1 : Scalar(0) } }
      let results = GradientCheck().compare(
        [NamedParameter("images", input)], upstream: upstream
      ) { smooth(input) }
      #expect(results[0].error <= GradientCheck.tolerance, "\(results[0])")
      #expect(
        scoreGradient(of: smooth, images, classes: classes) == input.gradient)
    }
  }

  @Test func `saliency is the largest slope among the channels`() throws {
    let (network, images, _) = try network()
    let gradient = scoreGradient(of: network, images, classes: classes).elements
    let saliency = saliency(of: network, images, classes: classes)
    #expect(saliency.shape == [3, 6, 5])
    #expect(
      saliency.elements
        == stride(from: 0, to: 180, by: 2).map { max(abs(gradient[$0]), abs(gradient[$0 + 1])) })
    #expect(gradient.contains { $0 < 0 } && gradient.contains { $0 > 0 })
  }

  /// A broken network looks broken: its maps are not empty but NaN.
  @Test func `maps of a network of NaN are NaN`() throws {
    let (network, images, _) = try network()
    for parameter in parameters(of: network) {
      parameter.variable.setValue(Tensor(repeating: .nan, shape: parameter.variable.value.shape))
    }
    let slopes = saliency(of: network, images, classes: classes).elements
    let places = network.gradCAM(images, classes: classes, layer: 1).elements
    #expect(slopes.allSatisfy { $0.isNaN } && places.allSatisfy { $0.isNaN })
  }

  @Test func `looking leaves no gradients behind`() throws {
    let (network, images, _) = try network()
    _ = saliency(of: network, images, classes: classes)
    _ = network.gradCAM(images, classes: classes, layer: 1)
    #expect(parameters(of: network).allSatisfy { $0.variable.gradient == nil })
  }
}

@Suite struct ConfusionMatrixTests {
  let matrix = ConfusionMatrix(
    labels: [0, 0, 0, 1, 1, 2, 2, 2, 2], predictions: [0, 1, 1, 1, 0, 2, 1, 1, 2], classCount: 4)

  @Test func `rows are classes and columns answers`() {
    #expect(matrix.counts == [[1, 2, 0, 0], [1, 1, 0, 0], [0, 2, 2, 0], [0, 0, 0, 0]])
    #expect(matrix.classCount == 4)
  }

  @Test func `accuracy, recall and precision are shares of counts`() {
    #expect(matrix.accuracy == 4.0 / 9)
    let recalls: [Double] = [1.0 / 3, 0.5, 0.5]
    let precisions: [Double] = [0.5, 0.2, 1]
    #expect((0..<3).map(matrix.recall(of:)) == recalls)
    #expect((0..<3).map(matrix.precision(of:)) == precisions)
  }

  @Test func `of what there is none there is no share`() {
    #expect(matrix.recall(of: 3).isNaN && matrix.precision(of: 3).isNaN)
    #expect(ConfusionMatrix(labels: [], predictions: [], classCount: 2).accuracy.isNaN)
  }

  @Test func `the most frequent confusions come first`() {
    #expect(
      matrix.confusions.map { [$0.label, $0.prediction, $0.count] }
        == [[0, 1, 2], [2, 1, 2], [1, 0, 1]])
  }
}

@Suite struct MisjudgementTests {
  @Test(arguments: Backend.allCases)
  func `the costliest examples come first, with their losses`(backend: Backend) {
    // Probabilities ¼ and ¾, ½ and ½, 1/10 and 9/10; the last one again.
    let logits = Tensor(
      [0, Scalar.log(3), 1, 1, Scalar.log(9), 0, Scalar.log(9), 0], shape: [4, 2])
    let worst = Backend.$current.withValue(backend) {
      Misjudgement.worst(3, logits: logits, labels: [1, 0, 1, 1])
    }
    #expect(worst.map(\.index) == [2, 3, 1])
    #expect(worst.map(\.label) == [1, 1, 0])
    #expect(worst.map(\.prediction) == [0, 0, 0])
    // A logarithm of an exponential's sum, each to an ulp or so of numbers up to 10.
    expectClose(
      worst.map(\.loss), [Scalar.log(10), Scalar.log(10), Scalar.log(2)],
      within: 16 * .ulpOfOne)
  }
}

@Suite struct PlanesTests {
  @Test func `every channel is a picture`() {
    let maps = Tensor([1, 10, 2, 20, 3, 30, 4, 40, 5, 50, 6, 60], shape: [2, 3, 2])
    #expect(maps.planes == [[1, 2, 3, 4, 5, 6], [10, 20, 30, 40, 50, 60]])
  }

  @Test func `every filter is a picture, those of an input together`() {
    let weights = Tensor((0..<12).map { Scalar($0) }, shape: [1, 2, 2, 3])
    #expect(weights.planes == [[0, 6], [1, 7], [2, 8], [3, 9], [4, 10], [5, 11]])
  }

  @Test func `a grey picture is its own plane`() {
    #expect(Tensor([1, 2, 3, 4], shape: [2, 2]).planes == [[1, 2, 3, 4]])
  }

  @Test func `an example is what a batch holds at its place`() {
    let batch = Tensor([1, 2, 3, 4, 5, 6], shape: [3, 2, 1])
    #expect(batch.example(1) == Tensor([3, 4], shape: [2, 1]))
  }
}
