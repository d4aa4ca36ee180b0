extension Grid {
  /// The lines on which the grid has a given value, by marching squares.
  ///
  /// Every square between four middles of cells is crossed by at most two straight pieces, whose ends
  /// are interpolated along its sides; pieces that share an end are joined to long lines.
  ///
  /// Source: Lorensen and Cline, "Marching Cubes" (1987), in two dimensions.
  ///
  /// - Parameter level: the value.
  package func contour(at level: Double) -> [[Point]] {
    var pieces: [(Edge, Edge)] = []
    for row in 0..<(rowCount - 1) {
      for column in 0..<(columnCount - 1) {
        pieces += crossings(column: column, row: row, level: level)
      }
    }
    return joined(pieces).map { line in line.map { point(on: $0, level: level) } }
  }

  /// A side of a square, between the middles of two neighbouring cells.
  private struct Edge: Hashable {
    var column: Int
    var row: Int
    var isVertical: Bool
  }

  /// The pieces of the line in one square.
  private func crossings(column: Int, row: Int, level: Double) -> [(Edge, Edge)] {
    let corners = [
      self[column, row], self[column + 1, row], self[column + 1, row + 1], self[column, row + 1],
    ]
    guard corners.allSatisfy(\.isFinite) else { return [] }
    let bottom = Edge(column: column, row: row, isVertical: false)
    let right = Edge(column: column + 1, row: row, isVertical: true)
    let top = Edge(column: column, row: row + 1, isVertical: false)
    let left = Edge(column: column, row: row, isVertical: true)
    let isAbove = corners.map { $0 >= level }
    let sides = [bottom, right, top, left]
    let crossed = sides.indices.filter { isAbove[$0] != isAbove[($0 + 1) % 4] }.map { sides[$0] }
    switch crossed.count {
    case 2: return [(crossed[0], crossed[1])]
    case 4:
      // A saddle: the value in the middle tells which corners belong together.
      let isMiddleAbove = corners.reduce(0, +) / 4 >= level
      return isMiddleAbove == isAbove[0]
        ? [(bottom, right), (top, left)] : [(bottom, left), (right, top)]
    default: return []
    }
  }

  /// Joins pieces that share an end.
  private func joined(_ pieces: [(Edge, Edge)]) -> [[Edge]] {
    var neighbours: [Edge: [Int]] = [:]
    for (index, piece) in pieces.enumerated() {
      neighbours[piece.0, default: []].append(index)
      neighbours[piece.1, default: []].append(index)
    }
    var isUsed = Array(repeating: false, count: pieces.count)
    func extend(_ line: inout [Edge]) {
      while let end = line.last, let next = neighbours[end]?.first(where: { !isUsed[$0] }) {
        isUsed[next] = true
        line.append(pieces[next].0 == end ? pieces[next].1 : pieces[next].0)
      }
    }
    var lines: [[Edge]] = []
    for (index, piece) in pieces.enumerated() where !isUsed[index] {
      isUsed[index] = true
      var line = [piece.0, piece.1]
      extend(&line)
      line.reverse()
      extend(&line)
      lines.append(line)
    }
    return lines
  }

  /// Where the value is reached between the two ends of a side.
  private func point(on edge: Edge, level: Double) -> Point {
    let (column, row) = (edge.column, edge.row)
    let (nextColumn, nextRow) = edge.isVertical ? (column, row + 1) : (column + 1, row)
    let (a, b) = (self[column, row], self[nextColumn, nextRow])
    let share = (level - a) / (b - a)
    let start = center(column: column, row: row)
    let end = center(column: nextColumn, row: nextRow)
    return Point(start.x + (end.x - start.x) * share, start.y + (end.y - start.y) * share)
  }
}
