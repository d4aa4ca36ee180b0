import Foundation
import KernelSupport
import Testing

#if !Float64
  /// A function of the book, the C library's in double precision, and where they are compared.
  struct Comparison: CustomTestStringConvertible, Sendable {
    let name: String
    let function: @Sendable (Float) -> Float
    let reference: @Sendable (Double) -> Double
    let range: ClosedRange<Float>
    /// The stated bound: in units in the last place, or absolute for sine and cosine.
    let bound: Double
    let isAbsolute: Bool
    var testDescription: String { name }

    /// The largest error over numbers spread evenly over all bit patterns of the range.
    var worstError: Double {
      var worst = 0.0
      for bits in stride(from: UInt32.min, to: UInt32.max - 4001, by: 4001) {
        let x = Float(bitPattern: bits)
        guard range.contains(x) else { continue }
        let exact = reference(Double(x))
        let unit = isAbsolute ? 1 : Double(max(abs(Float(exact)), .leastNormalMagnitude).ulp)
        worst = max(worst, abs(Double(function(x)) - exact) / unit)
      }
      return worst
    }
  }

  @Suite struct ElementaryFunctionsTests {
    static let comparisons = [
      Comparison(
        name: "exp", function: Float.exp, reference: Foundation.exp, range: -87.336_54...88.722_83,
        bound: 1.3,
        isAbsolute: false),
      Comparison(
        name: "log", function: Float.log, reference: Foundation.log,
        range: .leastNonzeroMagnitude...Float.greatestFiniteMagnitude, bound: 0.8, isAbsolute: false
      ),
      Comparison(
        name: "tanh", function: Float.tanh, reference: Foundation.tanh, range: -20...20, bound: 1.4,
        isAbsolute: false),
      Comparison(
        name: "log1p", function: Float.logOnePlus, reference: Foundation.log1p,
        range: -0.999...Float.greatestFiniteMagnitude, bound: 2.6, isAbsolute: false),
      Comparison(
        name: "sin", function: Float.sin, reference: Foundation.sin,
        range: -.greatestFiniteMagnitude ... .greatestFiniteMagnitude,
        bound: 1e-7,
        isAbsolute: true),
      Comparison(
        name: "cos", function: Float.cos, reference: Foundation.cos,
        range: -.greatestFiniteMagnitude ... .greatestFiniteMagnitude,
        bound: 1e-7,
        isAbsolute: true),
    ]

    @Test(arguments: comparisons)
    func `errors stay within the stated bound`(comparison: Comparison) {
      #expect(comparison.worstError <= comparison.bound)
    }

    @Test func `zeros keep their sign, and what has no value is none`() {
      #expect(Float.tanh(-0.0).sign == .minus && Float.tanh(0.0).sign == .plus)
      #expect(Float.tanh(-1e-20) == -1e-20)
      #expect(Float.sin(.infinity).isNaN && Float.cos(-.infinity).isNaN && Float.sin(.nan).isNaN)
      #expect(Float.logOnePlus(-1) == -.infinity && Float.logOnePlus(.infinity) == .infinity)
      #expect(Float.logOnePlus(-2).isNaN && Float.logOnePlus(1e-20) == 1e-20)
    }

    @Test func `a bound that is too tight is not met`() {
      let exp = Self.comparisons[0]
      let tight = Comparison(
        name: "exp", function: { exp.function($0) * (1 + 0x1p-22) }, reference: exp.reference,
        range: exp.range, bound: exp.bound, isAbsolute: false)
      #expect(tight.worstError > tight.bound)
    }

    @Test func `special values`() {
      #expect(Float.exp(89) == .infinity && Float.exp(.infinity) == .infinity)
      #expect(Float.exp(-104) == 0 && Float.exp(-.infinity) == 0 && Float.exp(0) == 1)
      #expect(Float.log(0) == -.infinity && Float.log(.infinity) == .infinity && Float.log(1) == 0)
      #expect(Float.tanh(.infinity) == 1 && Float.tanh(-.infinity) == -1)
      #expect(Float.exp(-87.4) == 0 && Float.exp(-87.336_54) >= .leastNormalMagnitude)
      #expect(Float.exp(88.722_83).isFinite && Float.exp(88.723) == .infinity)
      // Whatever a NaN carries in its lower bits, by which results are scaled.
      #expect((0..<512).allSatisfy { Float.exp(Float(bitPattern: 0x7FC0_0000 | $0)).isNaN })
      #expect(Float.log(-1).isNaN && Float.exp(.nan).isNaN && Float.log(.nan).isNaN)
      #expect(Float.tanh(.nan).isNaN)
    }

    @Test func `a vector's lanes are computed alike`() {
      let x = Vector(-3, -0.5, 0, 0.1, 1, 2, 7, 30)
      for lane in 0..<8 {
        #expect(Vector.exp(x)[lane] == Float.exp(x[lane]))
        #expect(Vector.tanh(x)[lane] == Float.tanh(x[lane]))
      }
    }
  }
#endif
