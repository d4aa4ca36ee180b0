import KernelSupport

/// Points of the square [−1, 1)² on both sides of the line x₁ + 2 x₂ = ¼, at least `gap` away from it.
struct PlanePoints {
  private(set) var inputs: [Scalar] = []
  private(set) var labels: [Scalar] = []

  init(count: Int, gap: Scalar, seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    while labels.count < count {
      let (x, y) = (generator.uniform(in: -1..<1), generator.uniform(in: -1..<1))
      let side = (x + 2 * y - 0.25) / Scalar(5).squareRoot()
      guard abs(side) >= gap else { continue }
      inputs += [x, y]
      labels.append(side > 0 ? 1 : -1)
    }
  }
}
