import KernelSupport
import Perceptrons

extension Naive {
  /// GELU in the tanh form, from one array into another.
  ///
  ///     y = x σ(2u),   u = √(2/π) (x + 0.044715 x³)
  ///
  /// The same function as chapter 1's ½ x (1 + tanh u), since ½ (1 + tanh u) = σ(2u). A Transformer keeps x for the
  /// backward pass, so the result goes elsewhere instead of in its place. NaN for NaN; 0 for −∞.
  ///
  /// - Parameters:
  ///   - x: the inputs, any count.
  ///   - y: the outputs, as many; overwritten.
  ///
  /// Source: Hendrycks and Gimpel, "Gaussian Error Linear Units (GELUs)", arXiv:1606.08415, 2016.
  public static func gelu(_ x: Span<Scalar>, into y: inout MutableSpan<Scalar>) {
    checkGELU("gelu", x.count, y.count)
    for i in x.indices { y[i] = x[i] / (1 + Scalar.exp(-2 * argument(x[i]))) }
  }

  /// The pullback of `gelu(_:into:)`.
  ///
  ///     ∂L/∂x = ∂L/∂y (s + x s (1 − s) 2u′),   s = σ(2u),   u′ = √(2/π) (1 + 3 · 0.044715 x²)
  ///
  /// - Parameters:
  ///   - x: the inputs.
  ///   - gradient: ∂L/∂y on entry, ∂L/∂x on return; as many elements.
  public static func geluSlopes(_ x: Span<Scalar>, gradient: inout MutableSpan<Scalar>) {
    checkGELU("geluSlopes", x.count, gradient.count)
    for i in x.indices {
      let s = 1 / (1 + Scalar.exp(-2 * argument(x[i])))
      let slope = 2 * geluScale * (1 + 3 * geluCubic * x[i] * x[i])
      gradient[i] *= s + x[i] * s * (1 - s) * slope
    }
  }

  /// u.
  private static func argument(_ x: Scalar) -> Scalar { geluScale * (x + geluCubic * x * x * x) }
}

/// One exponential and one quotient an element, where the tanh of chapter 1 takes a second polynomial: it has to be
/// exact to the last bits for small arguments, and here 1 is added to it anyway.
extension Fast {
  /// GELU in the tanh form; contract: `Naive.gelu(_:into:)`.
  public static func gelu(_ x: Span<Scalar>, into y: inout MutableSpan<Scalar>) {
    checkGELU("gelu", x.count, y.count)
    y.forEachBlock(of: ElementwiseBlock.heavy) { start, block in
      let x = x.extracting(start..<start &+ block.count)
      block.combineVectors(with: x) { _, x in x * share(x, x * x) }
    }
  }

  /// The pullback of `gelu(_:into:)`; contract: `Naive.geluSlopes`.
  public static func geluSlopes(_ x: Span<Scalar>, gradient: inout MutableSpan<Scalar>) {
    checkGELU("geluSlopes", x.count, gradient.count)
    gradient.forEachBlock(of: ElementwiseBlock.heavy) { start, block in
      let x = x.extracting(start..<start &+ block.count)
      block.combineVectors(with: x) { gradient, x in
        let square = x * x
        let s = share(x, square)
        let slope = Vector(repeating: 2 * geluScale).addingProduct(
          Vector(repeating: 6 * geluScale * geluCubic), square)
        return gradient * s.addingProduct(x * s * (1 - s), slope)
      }
    }
  }

  /// σ(2u): the share of x that passes.
  @inline(__always)
  private static func share(_ x: Vector, _ square: Vector) -> Vector {
    let factor = Vector(repeating: -2 * geluScale).addingProduct(
      Vector(repeating: -2 * geluScale * geluCubic), square)
    return 1 / (1 + Vector.exp(x * factor))
  }
}

private func checkGELU(_ operation: String, _ count: Int, _ other: Int) {
  precondition(count == other, "\(operation): \(count) inputs and \(other) results")
}

/// √(2/π)
private let geluScale: Scalar = 0.797_884_560_802_865_4
private let geluCubic: Scalar = 0.044_715
