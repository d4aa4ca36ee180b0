import KernelSupport

/// How the sums over the rows of a matrix, one for every column, are cut into blocks of rows.
///
/// Several rows are taken for one long one, so that loops along it are long whatever the number of
/// channels; in the end the sums of a channel's places are added up.
struct ChannelSums: Sendable {
  let channels: Int
  /// The elements of the matrix.
  let count: Int
  /// The elements of as many rows as are taken for one.
  let rowLength: Int
  /// The elements of a block: few enough to be looked at twice in the first-level cache.
  private let blockLength: Int
  /// The rows of every block.
  private let rows: [Double]

  init(channels: Int, count: Int) {
    self.channels = channels
    self.count = count
    let rowLength = Self.rowLength(channels: channels)
    let blockLength = rowLength * max(1, 8192 / rowLength)
    self.rowLength = rowLength
    self.blockLength = blockLength
    rows = stride(from: 0, to: count, by: blockLength).map {
      Double(min(blockLength, count - $0) / channels)
    }
  }

  /// The elements of whole rows of channels, at least 256.
  static func rowLength(channels: Int) -> Int { channels * ((255 + channels) / channels) }

  /// Room for the sums of all blocks: `rowLength` numbers for each, its sums in the first of them.
  var zeros: [Scalar] { [Scalar](repeating: 0, count: rows.count * rowLength) }

  /// The elements of the block whose sums begin at `start`.
  func elements(ofBlock start: Int) -> Range<Int> {
    let first = start / rowLength * blockLength
    return first..<min(first + blockLength, count)
  }

  /// Adds the sums of all places to those of the first row's.
  func fold(_ sums: inout MutableSpan<Scalar>) {
    for first in stride(from: channels, to: rowLength, by: channels) {
      for c in 0..<channels { sums[c] += sums[first &+ c] }
    }
  }

  /// Σ over the blocks of a term, in their order and in double precision.
  ///
  /// - Parameters:
  ///   - channel: the number of the column.
  ///   - term: gets the index of the block's sum and how many rows it is of.
  func total(_ channel: Int, _ term: (_ index: Int, _ rows: Double) -> Double) -> Double {
    var total = 0.0
    for block in rows.indices { total += term(block &* rowLength &+ channel, rows[block]) }
    return total
  }
}
