import Autoencoders
import Backprop
import KernelSupport
import TestSupport
import Testing

@Suite struct ComponentTests {
  private func rows(_ numbers: [Scalar], _ columns: Int) -> [[Double]] {
    stride(from: 0, to: numbers.count, by: columns).map { start in
      numbers[start..<start + columns].map { Double($0) }
    }
  }

  /// NumPy's values to within the rounding of the matrix's elements to `Scalar`, of which n add up.
  private func check(
    _ eigen: SymmetricEigen, _ fixture: Fixture, _ name: String, rank: Int,
    within cosine: Scalar = 0
  ) {
    let n = eigen.values.count
    let scale = fixture[name, "values"].map(abs).max() ?? 1
    let tolerance = max(Scalar(n + 4) * .ulpOfOne, cosine) * max(1, scale)
    expectClose(eigen.values.map { Scalar($0) }, fixture[name, "values"], within: tolerance)
    let matrix = rows(fixture[name, "matrix"], n)
    for (value, vector) in zip(eigen.values, eigen.vectors).prefix(rank) {
      // A v = λ v, and ‖v‖ = 1.
      let image = matrix.map { row in zip(row, vector).reduce(0) { $0 + $1.0 * $1.1 } }
      expectClose(
        image.map { Scalar($0) }, vector.map { Scalar(value * $0) }, within: 4 * tolerance)
      expectClose(
        [Scalar(vector.reduce(0) { $0 + $1 * $1 })], [1], within: 64 * .ulpOfOne)
    }
    for i in 0..<rank {
      for j in 0..<i {
        let overlap = zip(eigen.vectors[i], eigen.vectors[j]).reduce(0) { $0 + $1.0 * $1.1 }
        #expect(abs(overlap) < 1e-9)
      }
    }
  }

  @Test(arguments: [1, 2, 5, 13])
  func `Jacobi's values are NumPy's, and its vectors solve the equation`(n: Int) throws {
    let fixture = try Fixture("components")
    let name = "symmetric \(n)"
    check(
      SymmetricEigen(jacobi: rows(fixture[name, "matrix"], n)), fixture, name, rank: n)
  }

  @Test(arguments: [(5, 5), (17, 17), (12, 4)])
  func `one-sided rotations give NumPy's values, also of a matrix without full rank`(
    n: Int, rank: Int
  ) throws {
    let fixture = try Fixture("components")
    let name = "covariance \(n) of rank \(rank)"
    let matrix = rows(fixture[name, "matrix"], n)
    // The vectors of the smallest values have fewer digits in single precision: six halvings a row.
    // Rows are left alone when the cosine between them is below 1e-13.
    check(
      SymmetricEigen(ofCovariance: matrix), fixture, name, rank: min(rank, 4), within: 4e-13)
    check(SymmetricEigen(jacobi: matrix), fixture, name, rank: min(rank, 4))
  }

  @Test(arguments: [0x1p-40, 0x1p40])
  func `a matrix in other units has the same vectors, to the bit`(unit: Double) throws {
    let fixture = try Fixture("components")
    let matrix = rows(fixture["covariance 5 of rank 5", "matrix"], 5)
    let scaled = matrix.map { $0.map { unit * $0 } }
    let plain = SymmetricEigen(ofCovariance: matrix)
    let other = SymmetricEigen(ofCovariance: scaled)
    #expect(other.values == plain.values.map { unit * $0 })
    #expect(other.vectors == plain.vectors)
  }

  @Test func `equal eigenvalues have orthogonal vectors, and a diagonal needs no rotation`() {
    let equal = SymmetricEigen(ofCovariance: [[2, 0, 0], [0, 2, 0], [0, 0, 5]])
    #expect(equal.values == [5, 2, 2])
    #expect(equal.vectors == [[0, 0, 1], [1, 0, 0], [0, 1, 0]])
    let indefinite = SymmetricEigen(jacobi: [[0, 1], [1, 0]])
    expectClose(indefinite.values.map { Scalar($0) }, [1, -1], within: 4 * .ulpOfOne)
    #expect(SymmetricEigen(ofCovariance: [[0, 0], [0, 0]]).values == [0, 0])
  }

  @Test(arguments: Backend.allCases)
  func `components and reconstructions of data are NumPy's`(backend: Backend) throws {
    let fixture = try Fixture("components")
    let data = Tensor(fixture["data", "x"], shape: [40, 7])
    Backend.$current.withValue(backend) {
      let components = PrincipalComponents(of: data)
      // 40 squares of up to 60.
      expectClose(
        components.variances.map { Scalar($0) }, fixture["data", "variances"],
        within: 256 * .ulpOfOne)
      expectClose(
        components.reconstruction(of: data, count: 3).elements, fixture["data", "reconstruction"],
        within: 512 * .ulpOfOne)
      let error = squaredError(of: components.reconstruction(of: data, count: 3), from: data)
      let left = components.variances[3...].reduce(0, +)
      expectClose([Scalar(error)], [Scalar(left)], within: 512 * .ulpOfOne)
    }
  }

  @Test func `principal angles are SciPy's, and tell small ones from none`() throws {
    let fixture = try Fixture("components")
    let angles = principalAngles(
      rows(fixture["angles", "p"], 8), rows(fixture["angles", "q"], 8))
    expectClose(
      angles.map { Scalar($0) }, fixture["angles", "angles"], within: 64 * .ulpOfOne)
    let tilted = principalAngles([[1, 0, 0], [0, 1, 0]], [[3, 1, 0], [0, 1, 1e-6]])
    // The normals (0, 0, 3) and (1e-6, −3e-6, 3) stand at √10 / 3 · 1e-6.
    // Directions whose cosines differ by 5e-13 are told apart to within 1e-3 of the angle.
    #expect(tilted[0] < 1e-8 && abs(tilted[1] - 1.0541e-6) < 1e-8)
  }

  @Test func `the area under the curve counts pairs, ties half`() {
    #expect(areaUnderCurve(normal: [1, 2, 3], anomalous: [4, 5]) == 1)
    #expect(areaUnderCurve(normal: [4, 5], anomalous: [1, 2, 3]) == 0)
    #expect(areaUnderCurve(normal: [1, 1], anomalous: [1, 1, 1]) == 0.5)
    #expect(areaUnderCurve(normal: [1, 3], anomalous: [2, 3]) == 2.5 / 4)
  }
}
