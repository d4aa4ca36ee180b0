import Foundation
import KernelSupport

extension Naive {
  /// The Gaussian error linear unit with the exact normal distribution: PyTorch's default, and BERT's.
  ///
  ///     y = x Φ(x),   Φ(x) = ½ (1 + erf(x / √2))
  ///
  /// It differs from the tanh form by up to 4.7e-4: too little to be seen in a plot, too much for a checkpoint that was
  /// trained with the other one. Hence two names. NaN for NaN and −∞.
  ///
  /// - Parameter x: inputs on entry, outputs on return; any count.
  ///
  /// Source: Hendrycks and Gimpel, "Gaussian Error Linear Units (GELUs)", arXiv:1606.08415, 2016.
  public static func exactGELU(_ x: inout MutableSpan<Scalar>) {
    for i in x.indices { x[i] *= normalShare(x[i]) }
  }

  /// The pullback of `exactGELU`.
  ///
  ///     ∂L/∂x = ∂L/∂y (Φ(x) + x φ(x)),   φ(x) = e^{−x²/2} / √(2π)
  ///
  /// - Parameters:
  ///   - input: x, what `exactGELU` got.
  ///   - gradient: ∂L/∂y on entry, ∂L/∂x on return; as many elements.
  public static func exactGELUBackward(input: Span<Scalar>, gradient: inout MutableSpan<Scalar>) {
    precondition(
      input.count == gradient.count,
      "exactGELUBackward: \(input.count) inputs and \(gradient.count) gradients")
    for i in input.indices {
      let x = input[i]
      gradient[i] *= normalShare(x) + x * densityScale * Scalar.exp(-0.5 * x * x)
    }
  }

  /// Φ(x): one lane of `Fast`'s, so that both have the same bits.
  private static func normalShare(_ x: Scalar) -> Scalar {
    Vector.normalShare(Vector(repeating: x))[0]
  }
}

extension Fast {
  /// The exact Gaussian error linear unit; contract: `Naive.exactGELU`.
  public static func exactGELU(_ x: inout MutableSpan<Scalar>) {
    x.forEachBlock(of: ElementwiseBlock.heavy) { _, block in
      block.mapVectors { $0 * Vector.normalShare($0) }
    }
  }

  /// The pullback of `exactGELU`; contract: `Naive.exactGELUBackward`.
  public static func exactGELUBackward(input: Span<Scalar>, gradient: inout MutableSpan<Scalar>) {
    precondition(
      input.count == gradient.count,
      "exactGELUBackward: \(input.count) inputs and \(gradient.count) gradients")
    gradient.forEachBlock(of: ElementwiseBlock.heavy) { start, block in
      let x = input.extracting(start..<start &+ block.count)
      block.combineVectors(with: x) { gradient, x in
        gradient
          * Vector.normalShare(x).addingProduct(
            x * densityScale, Vector.exp(-0.5 * x * x))
      }
    }
  }
}

extension Vector {
  /// Φ(x) in every lane: the share of a normal distribution below x.
  ///
  ///     Φ(x) = ½ erfc(−x / √2),   erfc(z) = t e^{−z² + p(t)},  t = 1 / (1 + z/2), for z ≥ 0
  ///
  /// In single precision within 2e-7, by a Chebyshev approximation; a build with `Float64` asks the C library.
  ///
  /// Source: Press, Teukolsky, Vetterling and Flannery, "Numerical Recipes", 2nd edition, 1992, section 6.2.
  @inline(__always)
  static func normalShare(_ x: Vector) -> Vector {
    #if Float64
      var result = x
      for lane in 0..<Vector.scalarCount {
        result[lane] = 0.5 * Foundation.erfc(-x[lane] * 0.5.squareRoot())
      }
      return result
    #else
      let scaled = x * 0.707_106_77
      let z = scaled.replacing(with: -scaled, where: scaled .< 0)
      let t = 1 / Vector(repeating: 1).addingProduct(0.5, z)
      var p = Vector(repeating: 0.170_872_77)
      p = Vector(repeating: -0.822_152_23).addingProduct(p, t)
      p = Vector(repeating: 1.488_515_87).addingProduct(p, t)
      p = Vector(repeating: -1.135_203_98).addingProduct(p, t)
      p = Vector(repeating: 0.278_868_07).addingProduct(p, t)
      p = Vector(repeating: -0.186_288_06).addingProduct(p, t)
      p = Vector(repeating: 0.096_784_18).addingProduct(p, t)
      p = Vector(repeating: 0.374_091_96).addingProduct(p, t)
      p = Vector(repeating: 1.000_023_68).addingProduct(p, t)
      p = Vector(repeating: -1.265_512_23).addingProduct(p, t)
      let tail = 0.5 * t * Vector.exp(p - z * z)
      return (1 - tail).replacing(with: tail, where: scaled .< 0)
    #endif
  }
}

/// 1/√(2π)
private let densityScale: Scalar = 0.398_942_280_401_432_7
