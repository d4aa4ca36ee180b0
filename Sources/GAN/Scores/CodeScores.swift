import KernelSupport

/// Scores of codes that have no names: what they stand for must be found before it can be counted.
public enum CodeScores {
  /// The one-to-one assignment of columns to rows with the largest sum.
  ///
  ///     best[S] = max over k in S of best[S without k] + counts[|S| − 1][k]
  ///
  /// S is the set of columns that the first |S| rows have taken; its best value does not depend on the order in
  /// which they took them. For n columns there are 2ⁿ sets instead of n! orders.
  ///
  /// - Parameter counts: [n][n], none negative, n at most 16.
  /// - Returns: the column of every row.
  public static func bestAssignment(_ counts: [[Double]]) -> [Int] {
    let n = counts.count
    precondition(
      (1...16).contains(n) && counts.allSatisfy { $0.count == n && $0.allSatisfy { $0 >= 0 } },
      "bestAssignment: \(n) rows of \(counts.map(\.count)) columns, expected a square up to 16")
    var best = [Double](repeating: -1, count: 1 << n)
    var taken = [Int](repeating: 0, count: 1 << n)
    best[0] = 0
    for set in 1..<1 << n {
      let row = set.nonzeroBitCount - 1
      for column in 0..<n where set >> column & 1 == 1 {
        let value = best[set & ~(1 << column)] + counts[row][column]
        if value > best[set] { (best[set], taken[set]) = (value, column) }
      }
    }
    var columns = [Int](repeating: 0, count: n)
    var set = 1 << n - 1
    for row in columns.indices.reversed() {
      columns[row] = taken[set]
      set &= ~(1 << taken[set])
    }
    return columns
  }

  /// Pearson's correlation: 1 or −1 where one number is a linear function of the other, 0 where neither tells of
  /// the other along a line, and 0 if one of them never changes.
  ///
  /// - Parameters:
  ///   - a: at least two numbers.
  ///   - b: as many.
  public static func correlation(_ a: [Scalar], _ b: [Scalar]) -> Double {
    precondition(a.count == b.count && a.count >= 2, "correlation: \(a.count) and \(b.count)")
    let (x, y) = (centered(a), centered(b))
    func product(_ x: [Double], _ y: [Double]) -> Double {
      zip(x, y).reduce(0) { $0 + $1.0 * $1.1 }
    }
    let scale = (product(x, x) * product(y, y)).squareRoot()
    return scale > 0 ? product(x, y) / scale : 0
  }

  private static func centered(_ numbers: [Scalar]) -> [Double] {
    let mean = numbers.reduce(0.0) { $0 + Double($1) } / Double(numbers.count)
    return numbers.map { Double($0) - mean }
  }
}
