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

  /// Beside a column of ones the years are all but parallel: without centring the slope came out as
  /// 2.0005 and the bias as 0.
  @Test func `least squares of years recover their line`() {
    let years = (2000...2020).map { Scalar($0) }
    let sum = LeastSquares.solve(inputs: years, columns: 1, targets: years.map { 2 * $0 + 1 })
    #expect(sum == WeightedSum(weights: [2], bias: 1))
  }

  @Test func `least squares of two points and of a skewed grid`() {
    let line = LeastSquares.solve(inputs: [-1, 1], columns: 1, targets: [1, 3])
    #expect(line == WeightedSum(weights: [1], bias: 2))
    // The second column is nearly the first: a condition number near 10⁸, and all of it exact.
    let inputs: [Scalar] = [0, 0, 1, 1, 2, 2.0009765625, 3, 3]
    let plane = LeastSquares.solve(inputs: inputs, columns: 2, targets: [0, 3, 6.001953125, 9])
    // 2⁻⁵² times the condition number, rounded once more to single precision.
    expectClose(plane.weights + [plane.bias], [1, 2, 0], within: 1e-6)
  }

  @Test(
    arguments: [
      [0.1, 0.5, 0.1, 0.25, 0.1, -0.75], [1, 2, 2, 4, -3, -6], [0.3, 0.9, 0.1, 0.3, 0.7, 2.1],
    ] as [[Scalar]])
  func `examples in one hyperplane have no least squares`(inputs: [Scalar]) async {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) { [inputs] in
      _ = LeastSquares.solve(inputs: inputs, columns: 2, targets: [1, 2, 3])
    }
    #expect(PreconditionTests.message(of: result).contains("the examples lie in one hyperplane"))
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

  /// Where 1 + e⁻ˢ rounds to 1 the loss is e⁻ˢ and not 0; the right values are from double precision.
  @Test func `a confident answer still has its loss`() {
    func loss(_ z: Scalar) -> Scalar {
      var neuron = LogisticNeuron(inputCount: 1)
      // One step from zero weights: w = b = rate / 2.
      neuron.descend(inputs: [1], targets: [1], rate: z)
      return neuron.loss(inputs: [1], targets: [1])
    }
    for (z, right) in [(15, 3.059_022_737e-7), (17, 4.139_937_633e-8)] as [(Scalar, Scalar)] {
      expectClose([loss(z)], [right], within: (8 * .ulpOfOne + 1e-9) * right)
    }
  }

  @Test func `a mean loss of a million examples keeps its digits`() {
    let count = 1_000_000
    let inputs = [Scalar](repeating: 0, count: count)
    let loss = LogisticNeuron(inputCount: 1).loss(inputs: inputs, targets: inputs)
    expectClose([loss], [Scalar.log(2)], within: 2 * .ulpOfOne + 1e-10)
  }

  @Test func `a target is missing`() async {
    let results = [
      await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
        _ = LinearNeuron(inputCount: 1).loss(inputs: [1, 2], targets: [1])
      },
      await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
        _ = LogisticNeuron(inputCount: 1).loss(inputs: [1, 2], targets: [1])
      },
      await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
        _ = SoftmaxRegression(inputCount: 1, classCount: 2).loss(inputs: [1, 2], labels: [1])
      },
    ]
    for result in results {
      #expect(
        PreconditionTests.message(of: result).contains("2 inputs in rows of 1 for 1 targets"))
    }
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
