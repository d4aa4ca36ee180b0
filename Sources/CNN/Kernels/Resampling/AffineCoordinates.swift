import KernelSupport

extension Naive {
  /// The places that every image's affine map sends the pixels of its result to, each moved on by a
  /// displacement of its own.
  ///
  ///     for n in 0..<batch { for y in 0..<height { for x in 0..<width {
  ///       rows[n, y, x]    = maps[n, 0, 0] y + maps[n, 0, 1] x + maps[n, 0, 2] + displacement[y, 0, n, x]
  ///       columns[n, y, x] = maps[n, 1, 0] y + maps[n, 1, 1] x + maps[n, 1, 2] + displacement[y, 1, n, x]
  ///     } } }
  ///
  /// - Parameters:
  ///   - maps: a matrix for every image, [batch, 2, 3].
  ///   - displacement: by how many rows and columns to move on, [height, 2, batch, width]; empty for
  ///     nothing. The rows of all images stand side by side, as the blur of all fields at once leaves them.
  ///   - rows: [batch, height, width].
  ///   - columns: [batch, height, width].
  ///   - shape: the sizes, of which the result's count.
  public static func affineCoordinates(
    _ maps: Span<Scalar>, displacement: Span<Scalar>, rows: inout MutableSpan<Scalar>,
    columns: inout MutableSpan<Scalar>, _ shape: ResamplingShape
  ) {
    shape.check(
      "Naive.affineCoordinates", maps: maps.count, displacement: displacement.count,
      rows: rows.count, columns: columns.count)
    let (batch, height, width) = (shape.output.batch, shape.output.height, shape.output.width)
    for n in 0..<batch {
      for y in 0..<height {
        for x in 0..<width {
          func coordinate(_ axis: Int) -> Scalar {
            let map = (n * 2 + axis) * 3
            let mapped = maps[map] * Scalar(y) + maps[map + 1] * Scalar(x) + maps[map + 2]
            guard !displacement.isEmpty else { return mapped }
            return mapped + displacement[((y * 2 + axis) * batch + n) * width + x]
          }
          rows[(n * height + y) * width + x] = coordinate(0)
          columns[(n * height + y) * width + x] = coordinate(1)
        }
      }
    }
  }
}

extension Fast {
  /// The places of all pixels; contract: `Naive.affineCoordinates`.
  ///
  /// Row by row, so that of the map only a multiple of x is left in the inner loop, with every x at hand as
  /// a scalar; eight places at once.
  public static func affineCoordinates(
    _ maps: Span<Scalar>, displacement: Span<Scalar>, rows: inout MutableSpan<Scalar>,
    columns: inout MutableSpan<Scalar>, _ shape: ResamplingShape
  ) {
    shape.check(
      "Fast.affineCoordinates", maps: maps.count, displacement: displacement.count,
      rows: rows.count, columns: columns.count)
    let (batch, height, width) = (shape.output.batch, shape.output.height, shape.output.width)
    guard !rows.isEmpty else { return }
    let steps = (0..<width).map { Scalar($0) }
    let rowsPerBlock = max(1, ElementwiseBlock.heavy / width)
    rows.forEachBlock(of: rowsPerBlock * width, with: &columns) { start, rows, columns in
      for line in 0..<rows.count / width {
        let (n, y) = (start / width + line).quotientAndRemainder(dividingBy: height)
        for axis in 0..<2 {
          let map = maps.extracting((n * 2 + axis) * 3..<(n * 2 + axis) * 3 + 3)
          let begin = map[2].addingProduct(map[0], Scalar(y))
          let source = ((y * 2 + axis) * batch + n) * width
          let moves =
            displacement.isEmpty ? displacement : displacement.extracting(source..<source + width)
          if axis == 0 {
            fill(&rows, at: line * width, from: begin, by: map[1], steps.span, moves)
          } else {
            fill(&columns, at: line * width, from: begin, by: map[1], steps.span, moves)
          }
        }
      }
    }
  }

  /// begin + slope · steps[x] + moves[x] for every x, or without moves where there are none.
  @inline(__always)
  private static func fill(
    _ places: inout MutableSpan<Scalar>, at start: Int, from begin: Scalar, by slope: Scalar,
    _ steps: Span<Scalar>, _ moves: Span<Scalar>
  ) {
    let width = Vector.scalarCount
    guard steps.count >= width else {
      for x in steps.indices {
        let place = begin.addingProduct(slope, steps[x])
        places[start &+ x] = moves.isEmpty ? place : place + moves[x]
      }
      return
    }
    var x = 0
    while x < steps.count {
      // The last eight overlap those before, and are the same there.
      let first = min(x, steps.count &- width)
      var place = Vector(repeating: begin).addingProduct(
        steps.vector(at: first), Vector(repeating: slope))
      if !moves.isEmpty { place += moves.vector(at: first) }
      places.store(place, at: start &+ first)
      x &+= width
    }
  }
}
