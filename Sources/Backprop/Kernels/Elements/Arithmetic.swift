import KernelSupport
import Perceptrons

/// The kernels of element-wise arithmetic; all of them change their first operand in place.
///
/// `Naive` holds the contract of every operation and its definition; `Fast` computes the same up to
/// rounding. A sum with a factor is `VectorKernels.addScaled` of chapter 1.
public protocol ArithmeticKernels {
  /// x[i] += y[i]; contract: `Naive.add`.
  static func add(_ y: Span<Scalar>, to x: inout MutableSpan<Scalar>)
  /// x[i] −= y[i]; contract: `Naive.subtract`.
  static func subtract(_ y: Span<Scalar>, from x: inout MutableSpan<Scalar>)
  /// x[i] ·= y[i]; contract: `Naive.multiply`.
  static func multiply(_ x: inout MutableSpan<Scalar>, by y: Span<Scalar>)
  /// x[i] ·= factor; contract: `Naive.scale`.
  static func scale(_ x: inout MutableSpan<Scalar>, by factor: Scalar)
}

extension Naive: ArithmeticKernels {}
extension Fast: ArithmeticKernels {}

extension Backend {
  /// This backend's kernels of element-wise arithmetic.
  public var arithmetic: any ArithmeticKernels.Type { self == .naive ? Naive.self : Fast.self }
}

/// Stops the program unless both operands of an element-wise operation have the same count.
func checkSameCount(_ operation: String, _ x: Int, _ y: Int) {
  precondition(x == y, "\(operation): operands of \(x) and \(y) elements")
}

extension Naive {
  /// Adds element by element.
  ///
  ///     x[i] += y[i]
  ///
  /// - Parameters:
  ///   - y: what is added.
  ///   - x: the sum on return; as many elements.
  public static func add(_ y: Span<Scalar>, to x: inout MutableSpan<Scalar>) {
    checkSameCount("add", x.count, y.count)
    for i in x.indices { x[i] += y[i] }
  }

  /// Subtracts element by element.
  ///
  ///     x[i] −= y[i]
  ///
  /// - Parameters:
  ///   - y: what is subtracted.
  ///   - x: the difference on return; as many elements.
  public static func subtract(_ y: Span<Scalar>, from x: inout MutableSpan<Scalar>) {
    checkSameCount("subtract", x.count, y.count)
    for i in x.indices { x[i] -= y[i] }
  }

  /// Multiplies element by element.
  ///
  ///     x[i] ·= y[i]
  ///
  /// - Parameters:
  ///   - x: the product on return.
  ///   - y: the other factor; as many elements.
  public static func multiply(_ x: inout MutableSpan<Scalar>, by y: Span<Scalar>) {
    checkSameCount("multiply", x.count, y.count)
    for i in x.indices { x[i] *= y[i] }
  }

  /// Multiplies every element by one number.
  ///
  ///     x[i] ·= factor
  ///
  /// - Parameters:
  ///   - x: the product on return.
  ///   - factor: the number.
  public static func scale(_ x: inout MutableSpan<Scalar>, by factor: Scalar) {
    for i in x.indices { x[i] *= factor }
  }
}

/// The compiler turns the naive loops over spans into vector code by itself, so one thread gains nothing:
/// memory bounds them all. Threads gain where the operands do not fit the caches.
extension Fast {
  /// Adds element by element; contract: `Naive.add`.
  public static func add(_ y: Span<Scalar>, to x: inout MutableSpan<Scalar>) {
    checkSameCount("add", x.count, y.count)
    x.forEachBlock(of: ElementwiseBlock.light) { start, block in
      let y = y.extracting(start..<start &+ block.count)
      for i in block.indices { block[i] += y[i] }
    }
  }

  /// Subtracts element by element; contract: `Naive.subtract`.
  public static func subtract(_ y: Span<Scalar>, from x: inout MutableSpan<Scalar>) {
    checkSameCount("subtract", x.count, y.count)
    x.forEachBlock(of: ElementwiseBlock.light) { start, block in
      let y = y.extracting(start..<start &+ block.count)
      for i in block.indices { block[i] -= y[i] }
    }
  }

  /// Multiplies element by element; contract: `Naive.multiply`.
  public static func multiply(_ x: inout MutableSpan<Scalar>, by y: Span<Scalar>) {
    checkSameCount("multiply", x.count, y.count)
    x.forEachBlock(of: ElementwiseBlock.light) { start, block in
      let y = y.extracting(start..<start &+ block.count)
      for i in block.indices { block[i] *= y[i] }
    }
  }

  /// Multiplies every element by one number; contract: `Naive.scale`.
  public static func scale(_ x: inout MutableSpan<Scalar>, by factor: Scalar) {
    x.forEachBlock(of: ElementwiseBlock.light) { _, block in
      for i in block.indices { block[i] *= factor }
    }
  }
}
