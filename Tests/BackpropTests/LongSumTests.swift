import Backprop
import KernelSupport
import TestSupport
import Testing

/// Sums of so many terms that one running sum in single precision would not notice the next one.
@Suite struct LongSumTests {
  /// 2²⁴ ones are the last that a single-precision sum counts; here are half as many again.
  private static let many = 3 << 23

  @Test func `sums along a dimension count every term`() {
    let ones = Variable(Tensor(repeating: 1, shape: [Self.many, 2]))
    let sums = ones.sum(axis: 0).value.elements
    #expect(sums == [Scalar(Self.many), Scalar(Self.many)])
    let row = ones.reshaped([1, 2 * Self.many])
    #expect(row.sum(axis: 1).value.elements == [Scalar(2 * Self.many)])
    #expect(row.sum().value.number == Scalar(2 * Self.many))
    #expect(row.mean().value.number == 1)
  }

  /// A million equal rows: the mean is any of them, to the rounding of one.
  @Test(arguments: Backend.allCases)
  func `mean losses of a million rows are those of one`(backend: Backend) {
    let rows = 1_000_000
    Backend.$current.withValue(backend) {
      func rowsOf(_ row: [Scalar]) -> Variable {
        Variable(
          Tensor(
            (0..<rows).flatMap { _ in row }, shape: [rows, row.count]))
      }
      let logits: [Scalar] = [0.3, -1.1, 0.7]
      let one = Variable(Tensor(logits, shape: [1, 3]))
      let all = rowsOf(logits)
      let labels = [Int](repeating: 1, count: rows)
      // `sumOfTerms` is off by at most 256 + 16 + 5 halves of an ulp where all terms are the same.
      // The definition adds up in double precision; where that is the numbers' own, a million roundings remain.
      #if Float64
        let tolerance = Scalar(rows) / 2 * .ulpOfOne
      #else
        let tolerance = backend == .naive ? 4 * Scalar.ulpOfOne : 139 * Scalar.ulpOfOne
      #endif
      func expectEqual(_ many: Variable, _ one: Variable) {
        expectClose([many.value.number / one.value.number], [1], within: tolerance)
      }
      expectEqual(all.softmaxCrossEntropy(labels), one.softmaxCrossEntropy([1]))
      let shares: [Scalar] = [0.2, 0.5, 0.3]
      expectEqual(
        all.softmaxCrossEntropy(rowsOf(shares).value),
        one.softmaxCrossEntropy(Tensor(shares, shape: [1, 3])))
      expectEqual(
        all.binaryCrossEntropy(rowsOf(shares).value),
        one.binaryCrossEntropy(Tensor(shares, shape: [1, 3])))
      expectEqual(
        all.meanSquaredError(rowsOf(shares).value),
        one.meanSquaredError(Tensor(shares, shape: [1, 3])))
    }
  }
}

/// What happens far from zero, beside zero, and where a number is none.
@Suite struct TailTests {
  /// Values of `log1p(exp(-|x|))` in double precision, at (x, t = 1): NumPy 2.3.
  static let certain: [(x: Scalar, loss: Scalar)] = [
    (15, 3.059_022_8e-7), (17, 4.139_937_6e-8), (30, 9.357_622_97e-14), (80, 1.804_851_4e-35),
  ]

  @Test(arguments: certain.indices, Backend.allCases)
  func `a right answer's loss stays above zero`(index: Int, backend: Backend) {
    let (x, expected) = Self.certain[index]
    let loss = Backend.$current.withValue(backend) {
      Variable(Tensor([x], shape: [1])).binaryCrossEntropy(Tensor([1], shape: [1])).value.number
    }
    // Two functions of an error of some ulp each; the constants have eight digits.
    expectClose([loss / expected], [1], within: max(8 * .ulpOfOne, 2e-7))
  }

  @Test(arguments: Backend.allCases)
  func `the softplus of a negative number is its exponential`(backend: Backend) {
    let y = Backend.$current.withValue(backend) {
      Variable(Tensor([-17, -30], shape: [2])).softplus().value.elements
    }
    expectClose([y[0] / 4.139_937_6e-8, y[1] / 9.357_622_97e-14], [1, 1], within: 2e-7)
  }

  @Test func `the largest of a row is its first NaN`() {
    let nan = Scalar.nan
    let rows = Tensor([1, nan, 3, nan, 5, nan, 1, 2, 2], shape: [3, 3])
    #expect(rows.largestColumns() == [1, 0, 1])
    #expect(Scalar.largerOrNaN(nan, 1).isNaN && Scalar.largerOrNaN(1, nan).isNaN)
    #expect(Scalar.largerOrNaN(1, 2) == 2 && Scalar.largerOrNaN(2, 1) == 2)
  }

  @Test(arguments: Backend.allCases)
  func `at NaN a leaky unit's gradient has its slope, a rectified one's is let through`(
    backend: Backend
  ) {
    Backend.$current.withValue(backend) {
      for (apply, expected) in [
        ({ (x: Variable) in x.leakyReLU(slope: 0.25) }, Scalar(0.5)), ({ $0.relu() }, 2),
      ] {
        let x = Variable(Tensor([.nan], shape: [1]), needsGradient: true)
        apply(x).backward(Tensor([2], shape: [1]))
        #expect(x.gradient?.elements == [expected])
      }
    }
  }
}
