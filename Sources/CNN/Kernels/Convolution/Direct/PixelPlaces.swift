/// Where some columns of all rows of a block lie, in the source of a convolution and in its target, counted from
/// the block's first element in each.
///
/// The places are those of a whole block: a smaller one, at the end of an image or of the batch, has the first
/// of them.
struct PixelPlaces {
  /// Where the first tap of each pixel reads.
  let sources: [Int]
  /// Where its result goes.
  let targets: [Int]
  /// How many pixels a row has.
  let countPerRow: Int

  /// Lists the places.
  ///
  /// - Parameters:
  ///   - block: the images and rows of a whole block, counted from 0.
  ///   - columnNumbers: which results of a row.
  ///   - layout: how the source is read.
  ///   - source: the shape of the source.
  ///   - target: the shape of the target.
  ///   - rows: which source rows a result reads.
  ///   - columns: which source columns.
  init(
    _ block: (images: Range<Int>, rows: Range<Int>), columnNumbers: [Int],
    layout: PaddedLayout, from source: ImageShape, to target: ImageShape, rows: ConvolutionAxis,
    columns: ConvolutionAxis
  ) {
    var (sources, targets) = ([Int](), [Int]())
    for image in block.images {
      for row in block.rows {
        let sourceRow = image * layout.imageStride + row * rows.stride * layout.rowStride
        let targetRow = (image * target.height + row * rows.targetStep) * target.width
        for column in columnNumbers {
          sources.append(sourceRow + column * columns.stride * source.channels)
          targets.append((targetRow + column * columns.targetStep) * target.channels)
        }
      }
    }
    self.sources = sources
    self.targets = targets
    countPerRow = columnNumbers.count
  }
}
