import Backprop
import KernelSupport
import Optimizers
import TestSupport
import Testing

@Suite struct RegularizationTests {
  /// Sums of 17 squares, a root and a division: fewer than 32 roundings of ½ ε.
  static let tolerance: Scalar = 16 * .ulpOfOne

  /// The parameters of a fixture's case, with the gradients before clipping.
  private static func parameters(_ fixture: Fixture, _ name: String) -> [NamedParameter] {
    ["before0", "before1"].map { tensor in
      let gradient = fixture[name, tensor]
      return parameter(
        tensor, [Scalar](repeating: 0, count: gradient.count), gradient: gradient)
    }
  }

  @Test(arguments: ["clip norm", "clip nothing", "clip value"], Backend.allCases)
  func `clipped gradients are PyTorch's`(name: String, backend: Backend) throws {
    let fixture = try Fixture("optimizers")
    let parameters = Self.parameters(fixture, name)
    Backend.$current.withValue(backend) {
      if name == "clip value" {
        parameters.clipGradients(toValue: 0.75)
      } else {
        let norm = parameters.clipGradients(toNorm: name == "clip norm" ? 1.5 : 100)
        expectClose([norm], fixture[name, "norm"], within: Self.tolerance)
      }
    }
    for (index, parameter) in parameters.enumerated() {
      let gradient = try #require(parameter.variable.gradient).elements
      expectClose(gradient, fixture[name, "after\(index)"], within: Self.tolerance)
    }
  }

  /// Gradients whose squares leave the range of single precision, both ways.
  @Test(arguments: Backend.allCases)
  func `clipping scales huge and tiny gradients as any others`(backend: Backend) throws {
    func clipped(_ gradient: [Scalar], to limit: Scalar) throws -> (norm: Scalar, [Scalar]) {
      let parameters = [
        parameter("a", [Scalar](repeating: 0, count: gradient.count), gradient: gradient)
      ]
      let norm = Backend.$current.withValue(backend) { parameters.clipGradients(toNorm: limit) }
      return (norm, try #require(parameters[0].variable.gradient).elements)
    }
    let one = try clipped([2e22, 0], to: 1)
    expectClose(one.1, [1, 0], within: Self.tolerance)
    expectClose([one.norm / 2e22], [1], within: Self.tolerance)
    let many = try clipped([Scalar](repeating: 1e19, count: 128), to: 2)
    expectClose(
      many.1, [Scalar](repeating: 2 / Scalar(128).squareRoot(), count: 128), within: Self.tolerance)
    // Their length is no number of single precision at all.
    let largest = try clipped([3e38, -3e38], to: 4)
    expectClose(
      largest.1, [Scalar(8).squareRoot(), -Scalar(8).squareRoot()], within: Self.tolerance)
    // Squares that would all be 0.
    let tiny = try clipped([3e-30, 4e-30], to: 0)
    expectClose([tiny.norm / 5e-30], [1], within: Self.tolerance)
    #expect(tiny.1 == [0, 0])
    let infinite = try clipped([.infinity, 1], to: 1)
    #expect(infinite.1 == [.infinity, 1])
  }

  @Test(arguments: Backend.allCases)
  func `the slope of a magnitude at zero is zero`(backend: Backend) {
    let x = Variable(Tensor([2, 0, -2], shape: [3]), needsGradient: true)
    Backend.$current.withValue(backend) { x.sumOfMagnitudes().backward() }
    #expect(x.gradient?.elements == [1, 0, -1])
  }

  @Test func `clipping each gradient by itself is rejected`() throws {
    let fixture = try Fixture("optimizers")
    let parameters = Self.parameters(fixture, "clip norm")
    for parameter in parameters { [parameter].clipGradients(toNorm: 1.5) }
    let gradient = try #require(parameters[0].variable.gradient).elements
    #expect(
      firstDisagreement(gradient, fixture["clip norm", "after0"], within: Self.tolerance) != nil)
  }

  @Test func `parameters without a gradient are left out, and no norm hides a NaN`() throws {
    let idle = NamedParameter("idle", Variable(Tensor([7], shape: [1]), needsGradient: true))
    #expect([idle].clipGradients(toNorm: 1) == 0)
    [idle].clipGradients(toValue: 1)
    #expect(idle.variable.gradient == nil)
    let broken = [parameter("broken", [0, 0], gradient: [.nan, 3]), idle]
    #expect(broken.clipGradients(toNorm: 1).isNaN)
    #expect(try #require(broken[0].variable.gradient).elements[1] == 3)
  }

  @Test(arguments: Backend.allCases)
  func `gradients of penalties and dropout agree with finite differences`(backend: Backend) {
    Backend.$current.withValue(backend) {
      let values = numbers(35, in: 0.2..<2, seed: 1).enumerated().map { $0 % 3 == 0 ? -$1 : $1 }
      let weight = Variable(Tensor(values, shape: [5, 7]), needsGradient: true)
      let upstream = Variable(Tensor(numbers(35, seed: 2), shape: [5, 7]))
      let parameters = [NamedParameter("weight", weight)]
      let losses: [() -> Variable] = [
        { 0.7 * weight.sumOfMagnitudes() },
        { 0.7 * weight.sumOfSquares() },
        { parameters.l1Penalty(0.3) + parameters.l2Penalty(0.5) },
        { (weight.dropout(rate: 0.4, seed: 3) * upstream).sum() },
      ]
      for loss in losses {
        for result in GradientCheck().compare(parameters, loss: loss) {
          #expect(result.error <= GradientCheck.tolerance, "\(result)")
        }
      }
    }
  }

  @Test func `penalties are what their formulas say`() {
    let parameters = [
      parameter("a", [3, -4], gradient: [0, 0]), parameter("b", [2], gradient: [0]),
    ]
    #expect(parameters.l1Penalty(0.5).value.number == 4.5)
    #expect(parameters.l2Penalty(0.5).value.number == 0.25 * 29)
  }

  @Test func `an L2 penalty is the weight decay of SGD, and not that of AdamW`() throws {
    func step(_ optimizer: some Optimizer, penalty: Scalar) -> [Scalar] {
      var optimizer = optimizer
      let w = NamedParameter(
        "w", Variable(Tensor([1, -2, 3], shape: [3]), needsGradient: true))
      let slopes = Variable(Tensor([10, 0.1, -1], shape: [3]))
      for _ in 0..<3 {
        [w].clearGradients()
        let loss = (w.variable * slopes).sum()
        (penalty > 0 ? loss + [w].l2Penalty(penalty) : loss).backward()
        optimizer.step([w])
      }
      return w.variable.value.elements
    }
    let tolerance = 16 * Scalar.ulpOfOne  // three steps of five roundings each
    expectClose(
      step(SGD(learningRate: 0.1, weightDecay: 0.5), penalty: 0),
      step(SGD(learningRate: 0.1), penalty: 0.5), within: tolerance)
    expectClose(
      step(Adam(learningRate: 0.1, weightDecay: 0.5), penalty: 0),
      step(Adam(learningRate: 0.1), penalty: 0.5), within: tolerance)
    let decoupled = step(AdamW(learningRate: 0.1, weightDecay: 0.5), penalty: 0)
    let penalized = step(AdamW(learningRate: 0.1, weightDecay: 0), penalty: 0.5)
    #expect(firstDisagreement(decoupled, penalized, within: 0.01) != nil)
  }

  @Test
  func `dropout changes nothing in evaluation, and its seed decides what it drops in training`() {
    let input = Variable(Tensor(numbers(100, in: 1..<2, seed: 1), shape: [10, 10]))
    let dropout = Dropout(0.5)
    #expect(dropout(input, .evaluation).value == input.value)
    let first = dropout(input, .training(seed: 1)).value
    #expect(first == dropout(input, .training(seed: 1)).value)
    #expect(first != dropout(input, .training(seed: 2)).value)
  }

  @Test func `early stopping restores the parameters of the best loss`() {
    let w = parameter("w", [0], gradient: [0])
    var stopping = EarlyStopping(patience: 2, minimumImprovement: 0.1)
    var stopped: Int?
    for (index, loss) in [3, 2, 1.95, .nan, 0].enumerated() {
      w.variable.setValue(Tensor([Scalar(index)], shape: [1]))
      if stopping.shouldStop(loss: loss, [w]) {
        stopped = index
        break
      }
    }
    #expect(stopped == 3)
    #expect(stopping.bestLoss == 2 && stopping.bestIndex == 1)
    stopping.restoreBest([w])
    #expect(w.variable.value.elements == [1])
  }

  @Test func `early stopping recovers from a loss that begins as NaN`() {
    let w = parameter("w", [0], gradient: [0])
    var stopping = EarlyStopping(patience: 2)
    let stops = [Double.nan, 5].map { stopping.shouldStop(loss: $0, [w]) }
    #expect(stops == [false, false])
    #expect(stopping.bestLoss == 5 && stopping.bestIndex == 1)
  }
}
