import Backprop
import KernelSupport

/// Fourteen neighbouring pixels by one vector of channels of a convolution with three taps side by side.
///
///     for c in 0..<channels { for p in 0..<14 { for j in 0..<3 {
///       tile[p, :] = fma(pixels[p + j, c], weights[c, j, :], tile[p, :])
///     } } }
///
/// Where results have few channels, a tile of one vector of columns needs a load for every product, and loads
/// bound it. But neighbouring pixels look at the same sources: what one of them reads with its first tap, the one
/// before reads with its second and the one before that with its third. This tile uses every number
/// that it loads three times: sixteen numbers and three vectors of weights for 42 products. For 64 images of
/// 28×28 pixels and 16 channels that takes one thread from 103 to 145 GFLOP/s, copies of the images included.
///
/// Fourteen sums, three vectors of weights and a number are eighteen registers, of AVX-512's thirty-two.
/// And fourteen divides the widths that networks for images go through, from 224 and 28 on.
struct SlidingTile {
  /// The pixels of a tile.
  static let pixels = 14
  /// The taps that lie side by side.
  static let taps = 3

  /// Whether sums have the order of this tile: where three taps side by side make results of few channels.
  ///
  /// Few are as many as a vector of AVX-512 holds, on every machine, whether its vectors are as long or not: the
  /// order of a sum decides its last bits.
  ///
  /// - Parameters:
  ///   - columns: which source columns a result reads.
  ///   - channels: the channels of the results.
  static func applies(to columns: ConvolutionAxis, channels: Int) -> Bool {
    channels <= 16 && columns.taps.count == taps && columns.stride == 1 && columns.isContiguous
  }

  private var s0, s1, s2, s3, s4, s5, s6: TileVector
  private var s7, s8, s9, s10, s11, s12, s13: TileVector

  /// A tile whose pixels all begin as the same numbers: zeros, or a bias.
  @inline(__always)
  init(_ start: TileVector) {
    (s0, s1, s2, s3, s4, s5, s6) = (start, start, start, start, start, start, start)
    (s7, s8, s9, s10, s11, s12, s13) = (start, start, start, start, start, start, start)
  }

  /// Adds the products of some channels.
  ///
  /// Unsafe for speed, like `RegisterTile.addProducts`.
  ///
  /// - Parameters:
  ///   - source: the first channel of the first pixel's first tap.
  ///   - pixelStep: the distance between neighbouring pixels.
  ///   - weights: those of the first channel's first tap.
  ///   - weightStep: the distance between the weights of neighbouring taps; a channel's three lie side by side.
  ///   - channels: how many channels.
  @inline(__always)
  mutating func addProducts(
    _ source: UnsafePointer<Scalar>, pixelStep: Int, _ weights: UnsafePointer<Scalar>,
    weightStep: Int, channels: Int
  ) {
    for channel in 0..<channels {
      let source = unsafe source + channel
      let weights = unsafe weights + channel &* Self.taps &* weightStep
      let tap0 = unsafe TileVector(at: weights)
      let tap1 = unsafe TileVector(at: weights + weightStep)
      let tap2 = unsafe TileVector(at: weights + 2 &* weightStep)
      @inline(__always)
      func number(_ pixel: Int) -> TileVector {
        unsafe TileVector(repeating: source[pixel &* pixelStep])
      }
      @inline(__always)
      func add(
        _ number: TileVector, _ third: inout TileVector, _ second: inout TileVector,
        _ first: inout TileVector
      ) {
        third.addProduct(number, tap2)
        second.addProduct(number, tap1)
        first.addProduct(number, tap0)
      }
      s0.addProduct(number(0), tap0)
      let number1 = number(1)
      s0.addProduct(number1, tap1)
      s1.addProduct(number1, tap0)
      add(number(2), &s0, &s1, &s2)
      add(number(3), &s1, &s2, &s3)
      add(number(4), &s2, &s3, &s4)
      add(number(5), &s3, &s4, &s5)
      add(number(6), &s4, &s5, &s6)
      add(number(7), &s5, &s6, &s7)
      add(number(8), &s6, &s7, &s8)
      add(number(9), &s7, &s8, &s9)
      add(number(10), &s8, &s9, &s10)
      add(number(11), &s9, &s10, &s11)
      add(number(12), &s10, &s11, &s12)
      add(number(13), &s11, &s12, &s13)
      let number14 = number(14)
      s12.addProduct(number14, tap2)
      s13.addProduct(number14, tap1)
      s13.addProduct(number(15), tap2)
    }
  }

  /// Writes the sums, or adds them.
  ///
  /// - Parameters:
  ///   - target: the first pixel's first channel.
  ///   - pixelStep: the distance between neighbouring pixels.
  ///   - channels: how many channels of the vector are results, 1 to all.
  ///   - accumulating: whether the tile is added to what is there.
  @inline(__always)
  func store(
    to target: UnsafeMutablePointer<Scalar>, pixelStep: Int, channels: Int, accumulating: Bool
  ) {
    @inline(__always)
    func store(_ sums: TileVector, _ pixel: Int) {
      let place = unsafe target + pixel &* pixelStep
      guard channels == TileVector.scalarCount else {
        for c in 0..<channels { unsafe place[c] = accumulating ? place[c] + sums[c] : sums[c] }
        return
      }
      unsafe (accumulating ? TileVector(at: place) + sums : sums).store(to: place)
    }
    store(s0, 0)
    store(s1, 1)
    store(s2, 2)
    store(s3, 3)
    store(s4, 4)
    store(s5, 5)
    store(s6, 6)
    store(s7, 7)
    store(s8, 8)
    store(s9, 9)
    store(s10, 10)
    store(s11, 11)
    store(s12, 12)
    store(s13, 13)
  }
}
