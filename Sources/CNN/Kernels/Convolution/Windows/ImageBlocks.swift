/// Images cut into blocks of whole rows: by their shape alone, so that the blocks, and with them every sum,
/// are the same for any number of threads.
struct ImageBlocks {
  private let batch: Int
  private let rows: Int
  private let imagesPerBlock: Int
  private let rowsPerBlock: Int

  /// Cuts images into blocks of 48 to 256 pixels or so: several small images, or a strip of a large one.
  ///
  /// Fewer than 48 pixels would leave a kernel's weights too little used for each time they are loaded, more
  /// than 256 with all their channels would leave the second-level cache. In between, eight blocks let
  /// threads share the work evenly.
  init(batch: Int, rows: Int, columns: Int) {
    self.batch = batch
    self.rows = rows
    let pixels = min(max(batch * rows * columns / 8, 48), 256)
    imagesPerBlock = max(1, pixels / max(1, rows * columns))
    rowsPerBlock = max(1, min(rows, pixels / max(1, columns)))
  }

  private var stripsPerImage: Int { (rows + rowsPerBlock - 1) / rowsPerBlock }

  /// The number of blocks.
  var count: Int { (batch + imagesPerBlock - 1) / imagesPerBlock * stripsPerImage }

  /// The images and rows of a block: consecutive rows of one image, or all rows of several.
  subscript(index: Int) -> (images: Range<Int>, rows: Range<Int>) {
    let image = index / stripsPerImage * imagesPerBlock
    let row = index % stripsPerImage * rowsPerBlock
    return (image..<min(image + imagesPerBlock, batch), row..<min(row + rowsPerBlock, rows))
  }
}
