import KernelSupport

/// The kernels of rotary positions.
///
/// `Naive` holds the contract and the definition; `Fast` computes the same.
public protocol RotaryKernels {
  /// Turns pairs of columns by their angles; contract: `Naive.rotate`.
  static func rotate(
    _ x: inout MutableSpan<Scalar>, _ shape: RotaryShape, cosines: Span<Scalar>,
    sines: Span<Scalar>, backwards: Bool)
}

extension Naive: RotaryKernels {}
extension Fast: RotaryKernels {}

extension Backend {
  /// The rotary kernels of this backend.
  public var rotary: any RotaryKernels.Type { self == .naive ? Naive.self : Fast.self }
}

/// The sizes of a rotation.
public struct RotaryShape: Hashable, Sendable {
  /// The positions of a sequence: row r stands at position r modulo this.
  public let time: Int
  /// The elements of a row.
  public let rowWidth: Int
  /// How many columns of each row are turned, from the first on: whole heads.
  public let columns: Int
  /// The width of a head, even.
  public let width: Int
  /// Which columns of a head make a pair.
  public let pairing: PositionPairing

  /// Creates a shape.
  public init(time: Int, rowWidth: Int, columns: Int, width: Int, pairing: PositionPairing) {
    precondition(
      time >= 0 && width >= 2 && width.isMultiple(of: 2) && columns.isMultiple(of: width)
        && columns <= rowWidth,
      "RotaryShape: \(columns) of \(rowWidth) columns in heads of \(width), expected whole heads of an "
        + "even width")
    self.time = time
    self.rowWidth = rowWidth
    self.columns = columns
    self.width = width
    self.pairing = pairing
  }

  /// Stops the program unless operands fit.
  func check(_ count: Int, _ cosines: Int, _ sines: Int) {
    precondition(
      count.isMultiple(of: max(1, time * rowWidth)) && cosines == time * width / 2
        && sines == cosines,
      "rotate: \(count), \(cosines) and \(sines) elements for \(time) positions of rows of \(rowWidth), "
        + "heads of \(width)")
  }
}

extension Naive {
  /// Turns pairs of columns by the angle of their row's position.
  ///
  ///     (x[r, a], x[r, b]) ← (x[r, a] cos θ − x[r, b] sin θ,  x[r, a] sin θ + x[r, b] cos θ)
  ///
  /// for every pair (a, b) of every head, θ = θ(r mod time, pair). The pullback turns back: a rotation's transpose
  /// is its inverse.
  ///
  /// - Parameters:
  ///   - x: rows of `shape.rowWidth` elements, whole sequences of `shape.time`.
  ///   - shape: the sizes, and which columns make a pair.
  ///   - cosines: cos θ, [time, width / 2].
  ///   - sines: sin θ, [time, width / 2].
  ///   - backwards: whether to turn by −θ.
  ///
  /// Source: Su, Lu, Pan, Murtadha, Wen and Liu, "RoFormer: Enhanced Transformer with Rotary Position Embedding",
  /// 2021, equation 34.
  public static func rotate(
    _ x: inout MutableSpan<Scalar>, _ shape: RotaryShape, cosines: Span<Scalar>,
    sines: Span<Scalar>, backwards: Bool
  ) {
    shape.check(x.count, cosines.count, sines.count)
    for row in 0..<x.count / shape.rowWidth {
      for head in stride(from: 0, to: shape.columns, by: shape.width) {
        for pair in 0..<shape.width / 2 {
          let place = row % shape.time * (shape.width / 2) + pair
          let cosine = cosines[place]
          let sine = backwards ? -sines[place] : sines[place]
          let columns = shape.pairing.columns(pair, width: shape.width)
          let a = row * shape.rowWidth + head + columns.first
          let b = row * shape.rowWidth + head + columns.second
          (x[a], x[b]) = (x[a] * cosine - x[b] * sine, x[a] * sine + x[b] * cosine)
        }
      }
    }
  }
}

/// From the definition to here: rows on several threads; eight pairs at a time. Neighbours are taken apart into even
/// and odd lanes and put together again.
extension Fast {
  /// Turns pairs of columns; contract: `Naive.rotate`.
  public static func rotate(
    _ x: inout MutableSpan<Scalar>, _ shape: RotaryShape, cosines: Span<Scalar>,
    sines: Span<Scalar>, backwards: Bool
  ) {
    shape.check(x.count, cosines.count, sines.count)
    guard shape.width.isMultiple(of: 16) else {
      Naive.rotate(&x, shape, cosines: cosines, sines: sines, backwards: backwards)
      return
    }
    let half = shape.width / 2
    let rows = max(1, ElementwiseBlock.light / shape.rowWidth)
    x.forEachBlock(of: rows &* shape.rowWidth) { start, block in
      for row in stride(from: 0, to: block.count, by: shape.rowWidth) {
        let place = (start &+ row) / shape.rowWidth % shape.time &* half
        for head in stride(from: row, to: row &+ shape.columns, by: shape.width) {
          for pair in stride(from: 0, to: half, by: 8) {
            let cosine = cosines.vector(at: place &+ pair)
            let angle = sines.vector(at: place &+ pair)
            let sine = backwards ? -angle : angle
            switch shape.pairing {
            case .halves:
              let (a, b) = (
                block.vector(at: head &+ pair), block.vector(at: head &+ pair &+ half)
              )
              block.store(a * cosine - b * sine, at: head &+ pair)
              block.store(a * sine + b * cosine, at: head &+ pair &+ half)
            case .neighbours:
              var both = SIMD16<Scalar>()
              both.lowHalf = block.vector(at: head &+ 2 &* pair)
              both.highHalf = block.vector(at: head &+ 2 &* pair &+ 8)
              let (a, b) = (both.evenHalf, both.oddHalf)
              both.evenHalf = a * cosine - b * sine
              both.oddHalf = a * sine + b * cosine
              block.store(both.lowHalf, at: head &+ 2 &* pair)
              block.store(both.highHalf, at: head &+ 2 &* pair &+ 8)
            }
          }
        }
      }
    }
  }
}
