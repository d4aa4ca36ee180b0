import KernelSupport
import Perceptrons
import TestSupport
import Testing

@Suite struct GradientDescentTests {
  static let points = PlanePoints(count: 100, gap: 0.05, seed: 4)
  static let targets = points.labels.map { ($0 + 1) / 2 }

  static func neuron(rate: Scalar, steps: Int) -> LinearNeuron {
    var neuron = LinearNeuron(inputCount: 2)
    for _ in 0..<steps {
      neuron.descend(inputs: points.inputs, targets: points.labels, rate: rate)
    }
    return neuron
  }

  @Test(arguments: Backend.allCases)
  func `the delta rule finds the least squares`(backend: Backend) {
    Backend.$current.withValue(backend) {
      let best = LeastSquares.solve(
        inputs: Self.points.inputs, columns: 2, targets: Self.points.labels)
      let neuron = Self.neuron(rate: 0.5, steps: 400)
      // The smallest curvature is about 0.3, so an error shrinks by 0.85 a step: 400 steps leave only
      // rounding, a few ulp of the sums of 100 terms.
      expectClose(neuron.sum.weights, best.weights, within: 100 * .ulpOfOne)
      expectClose([neuron.sum.bias], [best.bias], within: 100 * .ulpOfOne)
    }
  }

  @Test func `least squares recover an exact line`() {
    let inputs: [Scalar] = [0, 1, 2, 0, 1, 3, -1, -1]
    let plane = WeightedSum(weights: [2, -3], bias: 5)
    let targets = plane.sums(of: inputs)
    let sum = LeastSquares.solve(inputs: inputs, columns: 2, targets: targets)
    // Numbers up to 60 in the equations, whose condition number is about 10.
    expectClose(sum.weights + [sum.bias], [2, -3, 5], within: 1000 * .ulpOfOne)
  }

  @Test func `the curvature decides between convergence and divergence`() {
    let curvature = LeastSquares.largestCurvature(inputs: Self.points.inputs, columns: 2)
    func loss(rate: Scalar) -> Scalar {
      Self.neuron(rate: rate, steps: 200)
        .loss(inputs: Self.points.inputs, targets: Self.points.labels)
    }
    #expect(loss(rate: 1.95 / curvature) < 0.5)
    #expect(loss(rate: 2.1 / curvature) > 1000)
  }

  @Test func `one example at a time also approaches the target`() {
    var neuron = LinearNeuron(inputCount: 1)
    for _ in 0..<200 {
      neuron.learn([1], target: 3, rate: 0.1)
      neuron.learn([-1], target: 1, rate: 0.1)
    }
    // The errors shrink by about 0.8 a round and stop at a few ulp.
    expectClose([neuron([1]), neuron([-1]), neuron([0])], [3, 1, 2], within: 16 * .ulpOfOne)
  }

  @Test(arguments: Backend.allCases)
  func `a logistic neuron separates the points`(backend: Backend) {
    Backend.$current.withValue(backend) {
      var neuron = LogisticNeuron(inputCount: 2)
      let ln2 = Scalar.log(2)
      expectClose(
        [neuron.loss(inputs: Self.points.inputs, targets: Self.targets)], [ln2],
        within: 8 * .ulpOfOne)
      var losses: [Scalar] = []
      for _ in 0..<500 {
        neuron.descend(inputs: Self.points.inputs, targets: Self.targets, rate: 4)
        losses.append(neuron.loss(inputs: Self.points.inputs, targets: Self.targets))
      }
      #expect(zip(losses, losses.dropFirst()).allSatisfy { $0 > $1 })
      let answers = neuron.probabilities(of: Self.points.inputs).map { $0 > 0.5 ? 1 : 0 }
      #expect(answers == Self.targets.map { Int($0) })
    }
  }

  @Test func `the logistic step is the slope of its loss`() {
    var neuron = LogisticNeuron(inputCount: 2)
    for _ in 0..<5 {
      neuron.descend(inputs: Self.points.inputs, targets: Self.targets, rate: 1)
    }
    let before = neuron.loss(inputs: Self.points.inputs, targets: Self.targets)
    var moved = neuron
    let rate: Scalar = 0x1p-6
    moved.descend(inputs: Self.points.inputs, targets: Self.targets, rate: rate)
    let after = moved.loss(inputs: Self.points.inputs, targets: Self.targets)
    // A step of η along the gradient g lowers the loss by η‖g‖², up to its curvature: below ½ of it
    // here, so η/4 relative. Single precision loses another 2⁻²³ / (η‖g‖²), about 1e-3.
    var step = moved.sum
    step.add(neuron.sum, by: -1)
    let predicted = step.squaredLength / rate
    #expect(abs((before - after) / predicted - 1) < 0.01)
  }

  @Test func `huge sums have a finite loss`() {
    var neuron = LogisticNeuron(inputCount: 1)
    neuron.descend(inputs: [1000], targets: [1], rate: 10)
    #expect(neuron.loss(inputs: [1000], targets: [1]) == 0)
    let wrong = neuron.loss(inputs: [1000], targets: [0])
    #expect(wrong.isFinite && wrong > 1_000_000)
  }

  /// Both differ from exact arithmetic by rounding alone: some ulp a step, damped by the descent.
  @Test func `the backends descend alike`() {
    let neurons = Backend.allCases.map { backend in
      Backend.$current.withValue(backend) {
        var neuron = LogisticNeuron(inputCount: 2)
        for _ in 0..<100 {
          neuron.descend(inputs: Self.points.inputs, targets: Self.targets, rate: 1)
        }
        return neuron.sum
      }
    }
    expectClose(neurons[0].weights, neurons[1].weights, within: 100 * .ulpOfOne)
    expectClose([neurons[0].bias], [neurons[1].bias], within: 100 * .ulpOfOne)
  }
}
