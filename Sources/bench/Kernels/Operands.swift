import KernelSupport

/// The elements of an element-wise kernel's operand: two operands and a copy fit the second-level cache.
let elementCount = 32_768

/// Numbers uniform in a range: equal arguments give equal numbers.
///
/// - Parameters:
///   - count: how many.
///   - range: where they lie.
///   - stream: different streams give different numbers.
func numbers(_ count: Int, in range: Range<Scalar> = -1..<1, stream: UInt64 = 1) -> [Scalar] {
  var generator = SeededGenerator(seed: stream)
  return (0..<count).map { _ in generator.uniform(in: range) }
}

extension KernelCase {
  /// A kernel that changes every element of an array by itself.
  static func update(
    _ kernel: String, count: Int = elementCount, in range: Range<Scalar> = -4..<4,
    _ body: @escaping (_ kernels: Backend, _ x: inout MutableSpan<Scalar>) -> Void
  ) -> KernelCase {
    KernelCase(
      kernel: kernel, shape: "\(count)", cost: .memory(.update, elements: count)
    ) {
      KernelTrial(
        changing: numbers(count, in: range),
        tolerance: Tolerance.rounding(magnitude: range.upperBound), body)
    }
  }

  /// A kernel that changes every element of an array by its partner in another one.
  ///
  /// - Parameters:
  ///   - kernel: its name.
  ///   - count: the elements of each array.
  ///   - range: where the array's elements lie.
  ///   - otherRange: where the other array's elements lie.
  ///   - magnitude: what the results stay below.
  ///   - body: runs it.
  static func combine(
    _ kernel: String, count: Int = elementCount, in range: Range<Scalar> = -1..<1,
    with otherRange: Range<Scalar> = -4..<4,
    magnitude: Scalar = 4,
    _ body:
      @escaping (
        _ kernels: Backend, _ other: Span<Scalar>, _ x: inout MutableSpan<Scalar>
      ) -> Void
  ) -> KernelCase {
    KernelCase(
      kernel: kernel, shape: "\(count)", cost: .memory(.combine, elements: count)
    ) {
      let other = numbers(count, in: otherRange, stream: 2)
      return KernelTrial(
        changing: numbers(count, in: range),
        tolerance: Tolerance.rounding(magnitude: magnitude)
      ) { kernels, x in body(kernels, other.span, &x) }
    }
  }

  /// A kernel that makes one number of two arrays.
  static func reduce(
    _ kernel: String, in range: Range<Scalar>, with otherRange: Range<Scalar>, tolerance: Scalar,
    _ body: @escaping (_ kernels: Backend, _ x: Span<Scalar>, _ y: Span<Scalar>) -> Scalar
  ) -> KernelCase {
    KernelCase(
      kernel: kernel, shape: "\(elementCount)", cost: .memory(.read, elements: 2 * elementCount)
    ) {
      let x = numbers(elementCount, in: range)
      let y = numbers(elementCount, in: otherRange, stream: 2)
      var trial = KernelTrial(changing: [0], tolerance: tolerance) { kernels, result in
        result[0] = body(kernels, x.span, y.span)
      }
      trial.overwrites = true
      return trial
    }
  }
}
