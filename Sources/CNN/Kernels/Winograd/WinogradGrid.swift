import Backprop
import KernelSupport

/// The tiles of Winograd's convolution on a batch of images: where they lie, and their transforms.
struct WinogradGrid {
  /// The images that tiles of 4×4 are read from.
  let source: ImageShape
  /// The images of the tiles of 2×2.
  let target: ImageShape
  /// The rows of padding above the source.
  let top: Int
  /// The columns of padding at its left.
  let left: Int

  /// Tiles with given padding.
  init(source: ImageShape, target: ImageShape, top: Int, left: Int) {
    self.source = source
    self.target = target
    self.top = top
    self.left = left
  }

  /// The tiles of a forward pass.
  init(_ shape: ConvolutionShape) {
    self.init(
      source: shape.input, target: shape.output, top: shape.geometry.top,
      left: shape.geometry.left)
  }

  private var tileRows: Int { (target.height + 1) / 2 }
  private var tileColumns: Int { (target.width + 1) / 2 }

  /// The number of tiles.
  var count: Int { target.batch * tileRows * tileColumns }

  /// The image and the first target row and column of a tile.
  @inline(__always)
  private func place(_ tile: Int) -> (image: Int, row: Int, column: Int) {
    let (line, column) = tile.quotientAndRemainder(dividingBy: tileColumns)
    let (image, row) = line.quotientAndRemainder(dividingBy: tileRows)
    return (image, 2 &* row, 2 &* column)
  }

  /// Writes Bᵀ d B of some tiles: sixteen matrices of tiles × channels.
  ///
  /// - Parameters:
  ///   - tiles: which ones.
  ///   - images: the source.
  ///   - transformed: where the first matrix begins.
  ///   - stride: the distance between matrices.
  @inline(never)
  func transformInputs(
    _ tiles: Range<Int>, _ images: UnsafePointer<Scalar>,
    into transformed: UnsafeMutablePointer<Scalar>, stride: Int
  ) {
    let channels = source.channels
    let rowStride = source.width &* channels
    var target = unsafe transformed
    for tile in tiles {
      let (image, row, column) = place(tile)
      let (y, x) = (row &- top, column &- left)
      let corner = unsafe images + ((image &* source.height &+ y) &* source.width &+ x) &* channels
      let isInside = y >= 0 && x >= 0 && y &+ 4 <= source.height && x &+ 4 <= source.width
      var channel = 0
      while channel < channels {
        let start = unsafe corner + channel
        let transformed = WinogradTile(input: { i, j in
          let (row, column) = (y &+ i, x &+ j)
          guard
            isInside
              || row >= 0 && row < source.height && column >= 0 && column < source.width
          else { return .zero }
          return unsafe Vector(at: start + (i &* rowStride &+ j &* channels))
        })
        unsafe transformed.store(to: target + channel, stride: stride)
        channel &+= Vector.scalarCount
      }
      unsafe target += channels
    }
  }

  /// Writes Aᵀ m A of some tiles to the target images.
  ///
  /// - Parameters:
  ///   - tiles: which ones.
  ///   - channels: which channels.
  ///   - products: sixteen matrices of tiles × channels.
  ///   - stride: the distance between matrices.
  ///   - bias: a number for every channel, or nil.
  ///   - images: the target.
  ///   - accumulating: whether results are added to what is there.
  @inline(never)
  func writeOutputs(
    _ tiles: Range<Int>, channels: Range<Int>, _ products: UnsafePointer<Scalar>, stride: Int,
    bias: [Scalar]?, to images: UnsafeMutablePointer<Scalar>, accumulating: Bool
  ) {
    let pixel = target.channels
    let rowStride = target.width &* pixel
    var source = unsafe products
    for tile in tiles {
      let (image, row, column) = place(tile)
      let corner =
        unsafe images + ((image &* target.height &+ row) &* target.width &+ column) &* pixel
      let hasRight = column &+ 1 < target.width
      let hasBottom = row &+ 1 < target.height
      var channel = channels.lowerBound
      while channel < channels.upperBound {
        let (topRow, bottomRow) =
          unsafe WinogradTile(at: source + (channel &- channels.lowerBound), stride: stride).outputs
        let start = bias?.span.vector(at: channel) ?? .zero
        @inline(__always)
        func write(_ output: Vector, _ place: UnsafeMutablePointer<Scalar>) {
          let sum = output + start
          unsafe (accumulating ? sum + Vector(at: place) : sum).store(to: place)
        }
        let first = unsafe corner + channel
        unsafe write(topRow.0, first)
        if hasRight { unsafe write(topRow.1, first + pixel) }
        if hasBottom { unsafe write(bottomRow.0, first + rowStride) }
        if hasRight && hasBottom { unsafe write(bottomRow.1, first + (rowStride &+ pixel)) }
        channel &+= Vector.scalarCount
      }
      unsafe source += channels.count
    }
  }

  /// Writes A y Aᵀ of some tiles of the target's gradient: sixteen matrices of tiles × channels, in panels
  /// as wide as a register tile.
  ///
  /// - Parameters:
  ///   - tiles: which ones.
  ///   - channels: which channels.
  ///   - gradient: the target's gradient.
  ///   - spread: where the first matrix begins; lanes beyond the channels are left alone.
  ///   - stride: the distance between matrices.
  @inline(never)
  func spreadOutputs(
    _ tiles: Range<Int>, channels: Range<Int>, _ gradient: UnsafePointer<Scalar>,
    into spread: UnsafeMutablePointer<Scalar>, stride: Int
  ) {
    let width = MatrixProductTile.columns
    let pixel = target.channels
    for (index, tile) in tiles.enumerated() {
      let (image, row, column) = place(tile)
      let corner =
        unsafe gradient + ((image &* target.height &+ row) &* target.width &+ column) &* pixel
      let (hasRight, hasBottom) = (column &+ 1 < target.width, row &+ 1 < target.height)
      var channel = 0
      while channel < channels.count {
        let start = unsafe corner + (channels.lowerBound &+ channel)
        let tile = WinogradTile(outputGradient: { i, j in
          guard (i == 0 || hasBottom) && (j == 0 || hasRight) else { return .zero }
          return unsafe Vector(at: start + (i &* target.width &+ j) &* pixel)
        })
        let (panel, lane) = channel.quotientAndRemainder(dividingBy: width)
        unsafe tile.store(
          to: spread + ((panel &* tiles.count &+ index) &* width &+ lane), stride: stride)
        channel &+= Vector.scalarCount
      }
    }
  }
}
