import Backprop
import KernelSupport

/// Four by four vectors, a channel a lane: an input tile, a kernel or products, transformed.
struct WinogradTile {
  /// The rows.
  private var rows: (Quad, Quad, Quad, Quad)

  /// Bᵀ d B for an input tile d of 4×4.
  @inline(__always)
  init(input d: (_ row: Int, _ column: Int) -> Vector) {
    @inline(__always)
    func column(_ j: Int) -> Quad { Quad(d(0, j), d(1, j), d(2, j), d(3, j)).inputTransformed }
    let half = Self.transposed(column(0), column(1), column(2), column(3))
    rows = (
      half.0.inputTransformed, half.1.inputTransformed, half.2.inputTransformed,
      half.3.inputTransformed
    )
  }

  /// A y Aᵀ for the gradient y of a tile of 2×2 outputs.
  @inline(__always)
  init(outputGradient y: (_ row: Int, _ column: Int) -> Vector) {
    let left = Quad(spreading: (y(0, 0), y(1, 0)))
    let right = Quad(spreading: (y(0, 1), y(1, 1)))
    rows = (
      Quad(spreading: (left.a, right.a)), Quad(spreading: (left.b, right.b)),
      Quad(spreading: (left.c, right.c)), Quad(spreading: (left.d, right.d))
    )
  }

  /// G g Gᵀ for a kernel g of 3×3.
  @inline(__always)
  init(kernel g: (_ row: Int, _ column: Int) -> Vector) {
    @inline(__always)
    func column(_ j: Int) -> Quad { Quad(kernel: (g(0, j), g(1, j), g(2, j))) }
    let (p, q, r) = (column(0), column(1), column(2))
    rows = (
      Quad(kernel: (p.a, q.a, r.a)), Quad(kernel: (p.b, q.b, r.b)),
      Quad(kernel: (p.c, q.c, r.c)), Quad(kernel: (p.d, q.d, r.d))
    )
  }

  /// Sixteen vectors at equal distances.
  @inline(__always)
  init(at start: UnsafePointer<Scalar>, stride: Int) {
    @inline(__always)
    func row(_ i: Int) -> Quad {
      unsafe Quad(
        Vector(at: start + (4 &* i) &* stride), Vector(at: start + (4 &* i &+ 1) &* stride),
        Vector(at: start + (4 &* i &+ 2) &* stride), Vector(at: start + (4 &* i &+ 3) &* stride))
    }
    rows = (row(0), row(1), row(2), row(3))
  }

  /// Writes the sixteen vectors at equal distances.
  @inline(__always)
  func store(to start: UnsafeMutablePointer<Scalar>, stride: Int) {
    @inline(__always)
    func store(_ row: Quad, _ first: Int) {
      unsafe row.a.store(to: start + first &* stride)
      unsafe row.b.store(to: start + (first &+ 1) &* stride)
      unsafe row.c.store(to: start + (first &+ 2) &* stride)
      unsafe row.d.store(to: start + (first &+ 3) &* stride)
    }
    store(rows.0, 0)
    store(rows.1, 4)
    store(rows.2, 8)
    store(rows.3, 12)
  }

  /// Adds another tile.
  @inline(__always)
  mutating func add(_ other: WinogradTile) {
    rows = (
      rows.0 + other.rows.0, rows.1 + other.rows.1, rows.2 + other.rows.2, rows.3 + other.rows.3
    )
  }

  /// Aᵀ m A: the 2×2 outputs, by rows.
  @inline(__always)
  var outputs: (top: (Vector, Vector), bottom: (Vector, Vector)) {
    let (a, b) = (rows.0.outputTransformed, rows.1.outputTransformed)
    let (c, d) = (rows.2.outputTransformed, rows.3.outputTransformed)
    let left = Quad(a.0, b.0, c.0, d.0).outputTransformed
    let right = Quad(a.1, b.1, c.1, d.1).outputTransformed
    return ((left.0, right.0), (left.1, right.1))
  }

  /// Gᵀ u G: the gradient of a kernel of 3×3, element by element.
  @inline(__always)
  func forEachKernelElement(_ body: (_ index: Int, _ element: Vector) -> Void) {
    let (a, b) = (rows.0.kernelGathered, rows.1.kernelGathered)
    let (c, d) = (rows.2.kernelGathered, rows.3.kernelGathered)
    @inline(__always)
    func hand(_ column: (Vector, Vector, Vector), _ index: Int) {
      body(index, column.0)
      body(index &+ 3, column.1)
      body(index &+ 6, column.2)
    }
    hand(Quad(a.0, b.0, c.0, d.0).kernelGathered, 0)
    hand(Quad(a.1, b.1, c.1, d.1).kernelGathered, 1)
    hand(Quad(a.2, b.2, c.2, d.2).kernelGathered, 2)
  }

  @inline(__always)
  private static func transposed(
    _ p: Quad, _ q: Quad, _ r: Quad, _ s: Quad
  ) -> (Quad, Quad, Quad, Quad) {
    (
      Quad(p.a, q.a, r.a, s.a), Quad(p.b, q.b, r.b, s.b), Quad(p.c, q.c, r.c, s.c),
      Quad(p.d, q.d, r.d, s.d)
    )
  }
}
