import KernelSupport

extension CNNExercises {
  static var factorsExercise: Exercise {
    Exercise(
      "factors",
      hint: "a matrix of rank one: every row is a multiple of one that is not zero.",
      [
        Check("the product of both factors is the kernel") {
          var generator = inputGenerator(43)
          for side in [1, 2, 3, 3, 5, 7] {
            try checkProduct(generator.digits(side), generator.digits(side))
          }
          try checkProduct([1, 0, -1], [1, 2, 1])
        },
        Check("zeros are no obstacle, wherever they are") {
          try checkProduct([0, 2, -1], [3, 1, 4])
          try checkProduct([5, 1, 2], [0, 0, -3])
          try checkProduct([0, 0, 0, 7], [0, 2, 0, 0])
          try checkProduct([0, 0, 0], [0, 0, 0])
        },
        Check("a kernel that is no product has no factors") {
          try checkNoFactors([1, 0, 0, 1])
          try checkNoFactors([0, 1, 0, 1, -4, 1, 0, 1, 0])
          var generator = inputGenerator(44)
          for side in [2, 3, 5] {
            let kernel = product(generator.digits(side), generator.digits(side))
            for place in kernel.indices {
              // One number more or less: without zeros around it, its row fits no other any more.
              var changed = kernel
              changed[place] += 1
              try checkNoFactors(changed)
            }
          }
        },
      ])
  }

  private static func checkProduct(_ column: [Scalar], _ row: [Scalar]) throws {
    let kernel = product(column, row)
    let input = "the kernel \(kernel)"
    guard let answer = try factors(of: kernel, side: column.count) else {
      throw Mismatch("for \(input) expected a column and a row, got nil")
    }
    guard answer.column.count == column.count, answer.row.count == row.count else {
      throw Mismatch(
        "for \(input) expected a column and a row of \(column.count) numbers, got "
          + "\(answer.column.count) and \(answer.row.count)")
    }
    // Factors may have any scale: a few quotients and roots, each half a unit of what it rounds. The
    // kernel's numbers are whole, so a wrong product is off by far more.
    let tolerance = 16 * Scalar.ulpOfOne * kernel.reduce(0) { max($0, abs($1)) }
    try expect(
      product(answer.column, answer.row), kernel, within: kernel.map { _ in tolerance },
      for: "\(input), the product of column \(answer.column) and row \(answer.row)")
  }

  private static func checkNoFactors(_ kernel: [Scalar]) throws {
    let side = (1...kernel.count).first { $0 * $0 == kernel.count } ?? 0
    if let answer = try factors(of: kernel, side: side) {
      throw Mismatch(
        "for the kernel \(kernel) expected nil, got column \(answer.column) and row \(answer.row)")
    }
  }
}

extension RandomNumberGenerator {
  /// Whole numbers from −9 to 9, but not 0.
  fileprivate mutating func digits(_ count: Int) -> [Scalar] {
    signs(count).map { $0 * Scalar(1 + integer(below: 9)) }
  }
}

/// All products of a number of the column and one of the row, row-major.
private func product(_ column: [Scalar], _ row: [Scalar]) -> [Scalar] {
  column.flatMap { left in row.map { left * $0 } }
}
