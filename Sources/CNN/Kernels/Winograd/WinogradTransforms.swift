import Backprop
import KernelSupport

/// The transforms of Winograd's F(2×2, 3×3): a 3×3 convolution's four outputs from 16 multiplications, where
/// the definition takes 36.
///
/// In one dimension two outputs of a kernel g of three taps need six multiplications by the definition,
///
///     y₀ = d₀ g₀ + d₁ g₁ + d₂ g₂
///     y₁ = d₁ g₀ + d₂ g₁ + d₃ g₂
///
/// but four are enough:
///
///     m₀ = (d₀ − d₂) g₀                    m₁ = (d₁ + d₂) (g₀ + g₁ + g₂) / 2
///     m₃ = (d₁ − d₃) g₂                    m₂ = (d₂ − d₁) (g₀ − g₁ + g₂) / 2
///     y₀ = m₀ + m₁ + m₂                    y₁ = m₁ − m₂ − m₃
///
/// As matrices: y = Aᵀ (G g ⊙ Bᵀ d). In two dimensions each transform is applied to the columns and then to
/// the rows: Y = Aᵀ (G g Gᵀ ⊙ Bᵀ d B) A. The backward pass needs the transposes of all three.
///
/// Source: Winograd, "Arithmetic Complexity of Computations", 1980; Lavin and Gray, "Fast Algorithms for
/// Convolutional Neural Networks", CVPR 2016, equations 5 to 8.
enum Winograd {
  /// The rows and columns of the input that a tile of outputs reads.
  static let inputSide = 4
  /// The rows and columns of outputs in a tile.
  static let outputSide = 2
  /// The multiplications of a tile.
  static let products = 16

  /// The distance between matrices of `count` elements: a cache line more. At a multiple of 4096 bytes, as
  /// they often have, the same element of all sixteen would want one of the few places of the same line.
  static func distance(_ count: Int) -> Int { count + 16 }

  /// Whether a convolution is one that these transforms compute, a channel a lane.
  static func computes(_ shape: ConvolutionShape) -> Bool {
    let window = shape.geometry.window
    return window.size == 3 && window.stride == 1 && window.dilation == 1
      && shape.input.channels.isMultiple(of: Vector.scalarCount)
      && shape.outputChannels.isMultiple(of: Vector.scalarCount)
  }

  /// Whether a convolution gains from the transforms.
  ///
  /// With few channels they, which grow with their number, cost more than the products that they save, which
  /// grow with its square.
  static func applies(to shape: ConvolutionShape) -> Bool {
    computes(shape) && min(shape.input.channels, shape.outputChannels) >= 32
  }
}

/// Four vectors: a row or a column of a tile.
struct Quad {
  let a: Vector, b: Vector, c: Vector, d: Vector

  @inline(__always)
  init(_ a: Vector, _ b: Vector, _ c: Vector, _ d: Vector) {
    (self.a, self.b, self.c, self.d) = (a, b, c, d)
  }

  /// Bᵀ d.
  @inline(__always)
  var inputTransformed: Quad { Quad(a - c, b + c, c - b, b - d) }

  /// Aᵀ m.
  @inline(__always)
  var outputTransformed: (Vector, Vector) { (a + b + c, b - c - d) }

  /// A y: the transpose of `outputTransformed`.
  @inline(__always)
  init(spreading y: (Vector, Vector)) { self.init(y.0, y.0 + y.1, y.0 - y.1, -y.1) }

  /// G g.
  @inline(__always)
  init(kernel g: (Vector, Vector, Vector)) {
    let outer = 0.5 * (g.0 + g.2)
    let inner = 0.5 * g.1
    self.init(g.0, outer + inner, outer - inner, g.2)
  }

  /// Gᵀ u: the transpose of `init(kernel:)`.
  @inline(__always)
  var kernelGathered: (Vector, Vector, Vector) {
    let sum = 0.5 * (b + c)
    return (a + sum, 0.5 * (b - c), sum + d)
  }

  @inline(__always)
  static func + (x: Quad, y: Quad) -> Quad { Quad(x.a + y.a, x.b + y.b, x.c + y.c, x.d + y.d) }
}
