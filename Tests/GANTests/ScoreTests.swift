import Backprop
import GAN
import KernelSupport
import TestSupport
import Testing

@Suite struct ScoreTests {
  @Test func `eigenvalues and vectors put the matrix together again`() {
    var generator = SeededGenerator(seed: 1)
    let n = 12
    var matrix = (0..<n).map { _ in (0..<n).map { _ in Double(generator.normal()) } }
    for i in 0..<n { for j in 0..<i { matrix[i][j] = matrix[j][i] } }
    let eigen = SymmetricEigenvalues(matrix)
    let again = eigen.mapped { $0 }
    for i in 0..<n { for j in 0..<n { #expect(abs(again[i][j] - matrix[i][j]) < 1e-12) } }
    let trace = (0..<n).reduce(0) { $0 + matrix[$1][$1] }
    #expect(abs(eigen.values.reduce(0, +) - trace) < 1e-12)
  }

  @Test func `the distance of known Gaussians is the closed form`() {
    // Along common axes: Σ (μ₁ − μ₂)² + (σ₁ − σ₂)². A rotation changes nothing.
    let (c, s) = (0.6, 0.8)
    func turned(_ a: Double, _ b: Double) -> [[Double]] {
      [[c * c * a + s * s * b, c * s * (a - b)], [c * s * (a - b), s * s * a + c * c * b]]
    }
    let first = FeatureStatistics(mean: [1, 2], covariance: turned(4, 9))
    let second = FeatureStatistics(mean: [4, -2], covariance: turned(1, 16))
    #expect(abs(first.squaredFrechetDistance(to: second) - (25 + 1 + 1)) < 1e-12)
    #expect(abs(first.squaredFrechetDistance(to: first)) < 1e-12)
    // Across: tr = 5 + 5 − 2 tr((Σ₁^½ Σ₂ Σ₁^½)^½), of diag(4, 1) and diag(1, 4): 10 − 2 · 4.
    let a = FeatureStatistics(mean: [0, 0], covariance: [[4, 0], [0, 1]])
    let b = FeatureStatistics(mean: [0, 0], covariance: [[1, 0], [0, 4]])
    #expect(abs(a.squaredFrechetDistance(to: b) - 2) < 1e-12)
    #expect(
      abs(second.squaredFrechetDistance(to: first) - first.squaredFrechetDistance(to: second))
        < 1e-12)
  }

  @Test func `a covariance without full rank is no obstacle`() {
    let flat = FeatureStatistics(mean: [0, 0], covariance: [[1, 1], [1, 1]])
    let d = flat.squaredFrechetDistance(to: flat)
    #expect(d.isFinite && abs(d) < 1e-7)
  }

  @Test func `statistics are means and unbiased covariances`() {
    let x = Tensor([1, 2, 3, 6, 5, 1], shape: [3, 2])
    let statistics = FeatureStatistics(x)
    #expect(statistics.mean == [3, 3])
    #expect(statistics.covariance == [[4, -1], [-1, 7]])
  }

  @Test func `the distance of samples approaches that of their Gaussians`() {
    var generator = SeededGenerator(seed: 2)
    func sample(_ shift: Scalar, _ deviation: Scalar) -> FeatureStatistics {
      FeatureStatistics(
        Tensor(
          (0..<40_000).map { _ in shift + deviation * generator.normal() }, shape: [20_000, 2]))
    }
    // 2 · (3² + 1²) = 20; means of 20,000 are off by 0.01, which the 2 · 3 multiplies: 0.2 is three of these.
    #expect(abs(sample(0, 1).squaredFrechetDistance(to: sample(3, 2)) - 20) < 0.3)
  }

  @Test func `numbers on a line go to their partners in order`() {
    #expect(SampleScores.wassersteinDistance([3, 1, 2], [2, 3, 4]) == 1)
    #expect(SampleScores.wassersteinDistance([0, 0], [-1, 3]) == 2)
  }

  @Test func `the classifier score is 1 for one answer and the classes for all, surely`() {
    let same = Tensor([Scalar](repeating: 0.25, count: 16), shape: [4, 4])
    let sure = Tensor((0..<16).map { $0 % 5 == 0 ? 1 : 0 }, shape: [4, 4])
    #expect(abs(SampleScores.classifierScore(same) - 1) < 1e-6)
    #expect(abs(SampleScores.classifierScore(sure) - 4) < 1e-5)
    let collapsed = Tensor((0..<16).map { $0 % 4 == 0 ? 1 : 0 }, shape: [4, 4])
    #expect(abs(SampleScores.classifierScore(collapsed) - 1) < 1e-6)
  }

  @Test func `distances of pairs are Euclidean`() {
    #expect(SampleScores.meanPairDistance(Tensor([0, 0, 3, 4], shape: [2, 2])) == 5)
  }
}

@Suite struct MixtureTests {
  @Test func `real points cover all modes, and 99 of 100 are good`() {
    var generator = SeededGenerator(seed: 3)
    for mixture in [GaussianMixture.ring(), .grid()] {
      let coverage = mixture.coverage(of: mixture.samples(2500, using: &generator))
      #expect(coverage.found == mixture.centers.count)
      #expect(coverage.found(withShare: 0.01) == mixture.centers.count)
      // In the plane 3σ hold 1 − e^(−9/2) = 0.9889; five deviations of 2,500 draws are 0.0105.
      #expect(abs(coverage.goodShare - 0.9889) < 0.0105)
    }
  }

  @Test func `the edges of a mode are three deviations away`() {
    let mixture = GaussianMixture(centers: [[0, 0], [10, 0]], deviation: 0.5)
    let points = Tensor([1.5, 0, 0, -1.53125, 10, 1, 5, 0, .nan, 0], shape: [5, 2])
    let coverage = mixture.coverage(of: points)
    #expect(coverage.goodCounts == [1, 1])
    #expect(coverage.found == 2 && coverage.goodShare == 0.4)
    #expect(coverage.found(withShare: 0.2) == 2 && coverage.found(withShare: 0.21) == 0)
  }

  @Test func `the modes are where the papers have them`() {
    let (ring, grid) = (GaussianMixture.ring(), GaussianMixture.grid())
    #expect(ring.centers.count == 8 && grid.centers.count == 25)
    #expect(ring.centers.allSatisfy { abs(($0 * $0).sum() - 1) < 1e-6 })
    #expect(
      grid.centers[0] == [-4, -4] && grid.centers[24] == [4, 4] && grid.centers[12] == .zero)
  }

  @Test func `one-hot rows have their 1 in place`() {
    #expect(Tensor.oneHot([2, 0], classes: 3) == Tensor([0, 0, 1, 1, 0, 0], shape: [2, 3]))
  }

  @Test(arguments: Backend.allCases)
  func `a label picks the logit that counts, and only that one`(backend: Backend) {
    var generator = SeededGenerator(seed: 7)
    let critic = HeadedDiscriminator(
      Sequential(Dense(3, 4, activation: .tanh, using: &generator)), features: 4, answers: 3,
      using: &generator)
    let inputs = variables([[2, 3]])
    let x = inputs[0].variable
    Backend.$current.withValue(backend) {
      let (logit, answers) = critic(x)
      let judged = critic.judged(x, by: [2, 0]).value.elements
      expectClose(
        judged,
        [
          logit.value.elements[0] + answers.value.elements[2],
          logit.value.elements[1] + answers.value.elements[3],
        ], within: 4 * Scalar.ulpOfOne)
      expectGradients(inputs + parameters(of: critic)) { critic.judged(x, by: [2, 0]) }
    }
    #expect(parameters(of: critic.frozen).isEmpty)
  }
}
