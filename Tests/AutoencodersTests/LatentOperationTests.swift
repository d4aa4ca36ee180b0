import Autoencoders
import Backprop
import KernelSupport
import TestSupport
import Testing

@Suite struct LatentOperationTests {
  /// Inputs are rounded to half an ulp; exponentials of up to e² multiply that: 64 ulp of the larger of 1 and
  /// the result.
  static let tolerance = 64 * Scalar.ulpOfOne

  /// An operation of one variable, as the fixture has it.
  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    let input: String
    let shape: [Int]
    let apply: @Sendable (_ x: Variable, _ fixture: Fixture) -> Variable
    var testDescription: String { name }
  }

  static let cases = [
    Case(name: "gaussianSample", input: "moments", shape: [3, 10]) { x, fixture in
      x.gaussianSample(noise: Tensor(fixture["gaussianSample", "noise"], shape: [3, 5]))
    },
    Case(name: "gaussianDivergence", input: "moments", shape: [3, 10]) { x, _ in
      x.gaussianDivergence()
    },
    Case(name: "bernoulli", input: "x", shape: [3, 11]) { x, fixture in
      x.logLikelihood(of: Tensor(fixture["bernoulli", "target"], shape: [3, 11]), .bernoulli)
    },
    Case(name: "gaussian", input: "x", shape: [3, 11]) { x, fixture in
      x.logLikelihood(
        of: Tensor(fixture["gaussian", "target"], shape: [3, 11]),
        .gaussian(standardDeviation: 0.5))
    },
    Case(name: "sparsity", input: "x", shape: [4, 6]) { x, _ in
      x.sigmoid().sparsityDivergence(target: 0.1)
    },
  ]

  @Test(arguments: cases, Backend.allCases)
  func `values and gradients agree with PyTorch`(operation: Case, backend: Backend) throws {
    let fixture = try Fixture("operations")
    Backend.$current.withValue(backend) {
      let x = Variable(
        Tensor(fixture[operation.name, operation.input], shape: operation.shape),
        needsGradient: true)
      let output = operation.apply(x, fixture)
      expectClose(
        output.value.elements, fixture[operation.name, "output"], within: Self.tolerance)
      let upstream = fixture.cases[operation.name]?["upstream"] ?? [1]
      output.backward(Tensor(upstream, shape: output.value.shape))
      expectClose(
        x.gradient?.elements ?? [], fixture[operation.name, "gradient"],
        within: 2 * Self.tolerance)
    }
  }

  @Test(arguments: cases, Backend.allCases)
  func `gradients are the measured slopes`(operation: Case, backend: Backend) throws {
    let fixture = try Fixture("operations")
    let inputs = variables([operation.shape])
    Backend.$current.withValue(backend) {
      expectGradients(inputs) { operation.apply(inputs[0].variable, fixture) }
    }
  }

  @Test(arguments: Backend.allCases)
  func `contraction agrees with PyTorch's Jacobians, and its gradients are the measured slopes`(
    backend: Backend
  ) throws {
    let fixture = try Fixture("operations")
    func tensor(_ name: String, _ shape: [Int]) -> Tensor {
      Tensor(fixture["contraction", name], shape: shape)
    }
    let x = Variable(tensor("x", [4, 7]))
    let weight = Variable(tensor("weight", [7, 6]), needsGradient: true)
    let bias = Variable(tensor("bias", [6]), needsGradient: true)
    func penalty() -> Variable {
      contractionPenalty(code: x.matrixProduct(weight).addingRow(bias).sigmoid(), weight: weight)
    }
    Backend.$current.withValue(backend) {
      let output = penalty()
      expectClose(
        output.value.elements, fixture["contraction", "output"], within: Self.tolerance)
      output.backward()
      expectClose(
        weight.gradient?.elements ?? [], fixture["contraction", "weightGradient"],
        within: 2 * Self.tolerance)
      expectClose(
        bias.gradient?.elements ?? [], fixture["contraction", "biasGradient"],
        within: 2 * Self.tolerance)
      // A sum of 24 slopes' squares rounds more often than a single output does.
      let limit: Scalar = MemoryLayout<Scalar>.size == 8 ? GradientCheck.tolerance : 2e-2
      expectGradients(
        [NamedParameter("weight", weight), NamedParameter("bias", bias)], within: limit
      ) { penalty() }
    }
  }

  @Test func `the divergence is that of Monte Carlo, summed over latent numbers`() {
    let moments = Variable(Tensor([0.5, -1, 2, 0.3, -0.7, 0], shape: [1, 6]))
    let divergence = Double(moments.gaussianDivergence().value.number)
    let count = 200_000
    let noise = Tensor.standardNormal(shape: [count, 3], seed: 4)
    let means = moments.value.elements[..<3].map { Double($0) }
    let logVariances = moments.value.elements[3...].map { Double($0) }
    // ln q(z) − ln p(z) = ½ Σ (z² − ε² − ℓ).
    let terms = (0..<count).map { draw in
      zip(noise.row(draw), zip(means, logVariances)).reduce(0.0) { sum, number in
        let (epsilon, (mean, logVariance)) = (Double(number.0), number.1)
        let z = mean + Double(Scalar.exp(Scalar(logVariance / 2))) * epsilon
        return sum + (z * z - epsilon * epsilon - logVariance) / 2
      }
    }
    let mean = terms.reduce(0, +) / Double(count)
    let variance = terms.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(count)
    let error = (variance / Double(count)).squareRoot()
    #expect(abs(mean - divergence) < 5 * error)
    // A mean over the three numbers would be a third of it.
    #expect(abs(mean - divergence / 3) > 50 * error)
  }

  @Test func `the divergence of the prior from itself is 0`() {
    #expect(Variable(Tensor(shape: [4, 6])).gaussianDivergence().value.elements == [0, 0, 0, 0])
  }
}
