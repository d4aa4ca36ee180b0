import KernelSupport

extension [WeightedSum] {
  /// The number of the largest of the sums of one example; the first of them in a tie.
  ///
  /// - Parameter x: as many inputs as each of the sums has; there is at least one sum.
  func winner(of x: [Scalar]) -> Int { Self.indexOfLargest(map { $0(x) }) }

  /// The number of the largest sum for each of many examples: the class that they are given.
  ///
  /// - Parameter inputs: examples, one a row, row-major; there is at least one sum.
  /// - Returns: a number for each row; the first of the largest in a tie, and that of a sum which is NaN.
  public func winners(of inputs: [Scalar]) -> [Int] {
    let sums = map { $0.sums(of: inputs) }
    return sums[0].indices.map { row in Self.indexOfLargest(sums.map { $0[row] }) }
  }

  /// The first of the largest; the first NaN if there is one, so that broken weights look broken.
  private static func indexOfLargest(_ sums: [Scalar]) -> Int {
    sums.firstIndex { $0.isNaN } ?? sums.indices.reduce(0) { sums[$1] > sums[$0] ? $1 : $0 }
  }
}
