import Datasets
import KernelSupport
import TestSupport
import Testing

/// A problem in the plane without noise, by its name.
enum Problem: CaseIterable {
  case blobs, moons, circles, spirals, xor

  func points(_ count: Int, noise: Scalar = 0, seed: UInt64 = 1) -> PointSet {
    var generator = SeededGenerator(seed: seed)
    return switch self {
    case .blobs: .blobs(count: count, noise: noise, using: &generator)
    case .moons: .moons(count: count, noise: noise, using: &generator)
    case .circles: .circles(count: count, noise: noise, using: &generator)
    case .spirals: .spirals(count: count, noise: noise, using: &generator)
    case .xor: .xor(count: count, noise: noise, using: &generator)
    }
  }
}

extension PointSet {
  /// Each point with its label.
  fileprivate var labelled: [(x: Scalar, y: Scalar, label: Int)] {
    labels.indices.map { (points[2 * $0], points[2 * $0 + 1], labels[$0]) }
  }
}

/// A few roundings of numbers near one.
private let rounding: Scalar = 1e-6

@Test(arguments: Problem.allCases, [0, 1, 2, 101])
func `classes have as many points as each other, up to one`(problem: Problem, count: Int) {
  let set = problem.points(count, noise: 0.1)
  #expect(set.count == count)
  #expect(set.points.count == 2 * count)
  let frequencies = (0..<set.classCount).map { label in set.labels.count { $0 == label } }
  #expect(frequencies.max()! - frequencies.min()! <= 1)
  #expect(frequencies.reduce(0, +) == count)
}

@Test(arguments: Problem.allCases)
func `the same seed gives the same points, another seed others`(problem: Problem) {
  #expect(problem.points(50, noise: 0.1) == problem.points(50, noise: 0.1))
  #expect(problem.points(50, noise: 0.1) != problem.points(50, noise: 0.1, seed: 2))
}

@Test(arguments: Problem.allCases)
func `noise displaces each coordinate by its standard deviation`(problem: Problem) {
  let exact = problem.points(2000).points
  let noisy = problem.points(2000, noise: 0.3).points
  let squares = zip(exact, noisy).map { ($1 - $0) * ($1 - $0) }
  // The mean of 4000 squares is within 4 · 0.09 · √(2 / 4000) = 0.008 of the variance.
  expectClose([squares.reduce(0, +) / 4000], [0.09], within: 0.008)
}

@Test func `blobs lie around points evenly spaced on the unit circle`() {
  let h = Scalar(3).squareRoot() / 2
  expectClose(
    Problem.blobs.points(4).points, [1, 0, -0.5, h, -0.5, -h, 1, 0], within: rounding)
}

@Test func `moons are half circles, one turned upside down`() {
  for (x, y, label) in Problem.moons.points(200).labelled {
    let (dx, dy) = label == 0 ? (x, y) : (1 - x, 0.5 - y)
    expectClose([dx * dx + dy * dy], [1], within: rounding)
    #expect(dy > -rounding)
  }
}

@Test func `circles have the radii 1 and one half`() {
  for (x, y, label) in Problem.circles.points(200).labelled {
    expectClose([(x * x + y * y).squareRoot()], [label == 0 ? 1 : 0.5], within: rounding)
  }
}

@Test func `circles go all the way round`() {
  let points = Problem.circles.points(400).labelled
  for label in 0...1 {
    // Each of the four quadrants is hit by about 50 of 200 points, ± 4 · √(200 · ¼ · ¾) = 25.
    for (right, up) in [(true, true), (true, false), (false, true), (false, false)] {
      let hits = points.count { $0.label == label && ($0.x > 0) == right && ($0.y > 0) == up }
      #expect((25...75).contains(hits))
    }
  }
}

@Test func `a spiral's angle grows with its radius`() {
  for (x, y, label) in Problem.spirals.points(200).labelled {
    let radius = (x * x + y * y).squareRoot()
    let angle = 2 * .pi * (radius + Scalar(label) / 2)
    // An error of the radius grows 2π times in the angle.
    expectClose([x, y], [radius * .cos(angle), radius * .sin(angle)], within: 10 * rounding)
    #expect(radius < 1)
  }
}

@Test func `the label of xor says whether the signs differ`() {
  let points = Problem.xor.points(400).labelled
  for (x, y, label) in points {
    #expect(label == (x * y < 0 ? 1 : 0))
    #expect(max(abs(x), abs(y)) <= 1)
  }
  // Each of the four quadrants is hit by about 100 points, ± 4 · √(200 · ¼) = 28.
  for (right, up) in [(true, true), (true, false), (false, true), (false, false)] {
    let hits = points.count { ($0.x > 0) == right && ($0.y > 0) == up }
    #expect((72...128).contains(hits))
  }
}

@Test func `a negative count is refused`() async {
  await #expect(processExitsWith: .failure) {
    var generator = SeededGenerator(seed: 1)
    _ = PointSet.moons(count: -1, using: &generator)
  }
}
