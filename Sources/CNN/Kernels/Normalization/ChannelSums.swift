import KernelSupport

/// Sums over the rows of a matrix, one for every column, in blocks of rows that threads share.
///
/// Where rows are shorter than four vectors, several in a row are taken for one, so that whole vectors
/// can be added whatever the number of channels; in the end their sums are added up.
struct ChannelSums: Sendable {
  let channels: Int
  /// The elements of the matrix.
  let count: Int
  /// The elements of as many rows as are taken for one, at least 32.
  let rowLength: Int

  init(channels: Int, count: Int) {
    self.channels = channels
    self.count = count
    rowLength = channels * ((Self.panel + channels - 1) / channels)
  }

  /// Four vectors: an addition takes as long as four of them.
  private static let panel = 4 * Vector.scalarCount

  /// The elements of a block: few enough to be looked at twice in the first-level cache.
  private var blockLength: Int { rowLength * max(1, 4096 / rowLength) }

  private var blockCount: Int { (count + blockLength - 1) / blockLength }

  /// Room for the sums of all blocks: `rowLength` numbers for each, its sums in the first of them.
  var zeros: [Scalar] {
    [Scalar](repeating: 0, count: blockCount * rowLength)
  }

  /// The elements of the block whose sums begin at `start`.
  func elements(ofBlock start: Int) -> Range<Int> {
    let first = start / rowLength * blockLength
    return first..<min(first + blockLength, count)
  }

  /// Sums up a term of every element of a block, channel by channel.
  ///
  /// - Parameters:
  ///   - count: the elements of the block.
  ///   - sums: `rowLength` numbers; the first of them get the sums, one a channel.
  ///   - term: the terms of the eight elements from an index on, the first of which is in a lane of the
  ///     row, and whether fewer than eight may be left; terms beyond the end are not used.
  @inline(__always)
  func add(
    _ count: Int, into sums: inout MutableSpan<Scalar>,
    term: (_ index: Int, _ lane: Int, _ isPart: Bool) -> Vector
  ) {
    let width = Vector.scalarCount
    let end = count / rowLength &* rowLength
    for panel in stride(from: 0, to: rowLength, by: Self.panel) {
      // The last panel begins early enough to be whole: what it shares with the one before is the same.
      let lane = min(panel, rowLength &- Self.panel)
      var (a, b, c, d) = (Vector.zero, Vector.zero, Vector.zero, Vector.zero)
      var index = lane
      while index < end {
        a += term(index, lane, false)
        b += term(index &+ width, lane &+ width, false)
        c += term(index &+ 2 &* width, lane &+ 2 &* width, false)
        d += term(index &+ 3 &* width, lane &+ 3 &* width, false)
        index &+= rowLength
      }
      sums.store(a, at: lane)
      sums.store(b, at: lane &+ width)
      sums.store(c, at: lane &+ 2 &* width)
      sums.store(d, at: lane &+ 3 &* width)
    }
    forEachVector(of: count &- end) { lane, isPart in
      let sum = sums.span.vector(at: lane, isPart: true) + term(end &+ lane, lane, true)
      sums.store(sum, at: lane, lanes: count &- end &- lane, isPart: isPart)
    }
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
    for block in 0..<blockCount {
      let start = block * rowLength
      total += term(start + channel, Double(elements(ofBlock: start).count / channels))
    }
    return total
  }
}
