import Backprop

/// Some runs of products, one after the other: where their factors lie, counted from a pixel's place and from the
/// panel of weights.
///
///     for run in 0..<count { for step in 0..<steps {
///       source[source + run + step · sourceStep] · panel[panel + (run · steps + step) · columns + …]
///     } }
struct TapRuns {
  let source: Int
  let panel: Int
  let count: Int
  let steps: Int
  let sourceStep: Int

  private var length: Int { count * steps }

  /// The products of a tile's sums before it makes room for the next panel, which keeps the
  /// panel in the first-level cache.
  private static let longestPart = 256

  /// All products of a result, in parts whose sums a tile finishes in one go.
  ///
  /// - Parameters:
  ///   - panels: the weights.
  ///   - rows: which source rows a result reads.
  ///   - columns: which source columns.
  ///   - rowStride: the distance between source rows.
  static func parts(
    _ panels: KernelPanels, rows: ConvolutionAxis, columns: ConvolutionAxis, rowStride: Int
  ) -> [[TapRuns]] {
    var parts: [[TapRuns]] = [[]]
    var length = 0
    for runs in all(panels, rows: rows, columns: columns, rowStride: rowStride) {
      if length + runs.length > longestPart && length > 0 {
        parts.append([])
        length = 0
      }
      parts[parts.count - 1].append(runs)
      length += runs.length
    }
    return parts
  }

  /// All products of a result, none of the runs longer than a part.
  private static func all(
    _ panels: KernelPanels, rows: ConvolutionAxis, columns: ConvolutionAxis, rowStride: Int
  ) -> [TapRuns] {
    let channels = panels.channels
    let firstRow = rows.shifts.min() ?? 0
    let firstColumn = columns.shifts.min() ?? 0
    return rows.shifts.indices.flatMap { row in
      stride(from: 0, to: columns.shifts.count, by: panels.tapsPerRun).flatMap { column in
        let source =
          (rows.shifts[row] - firstRow) * rowStride
          + (columns.shifts[column] - firstColumn) * channels
        let panel = panels.offset(row: row, column: column)
        let width = MatrixProductTile.columns
        switch panels.order {
        case .tapByTap:
          let products = panels.tapsPerRun * channels
          return stride(from: 0, to: products, by: longestPart).map { first in
            TapRuns(
              source: source + first, panel: panel + first * width, count: 1,
              steps: min(longestPart, products - first), sourceStep: 1)
          }
        case .channelByChannel:
          let taps = panels.tapsPerRun
          let share = max(1, longestPart / taps)
          return stride(from: 0, to: channels, by: share).map { first in
            TapRuns(
              source: source + first, panel: panel + first * taps * width,
              count: min(share, channels - first), steps: taps, sourceStep: channels)
          }
        }
      }
    }
  }
}
