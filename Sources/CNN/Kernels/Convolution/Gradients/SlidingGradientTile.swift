import Backprop
import KernelSupport

/// Eight channels of the images by three taps side by side by one vector of output channels: the gradient by so
/// many weights, which adds up one product for every pixel.
///
///     for q in 0..<steps { for c in 0..<8 { for j in 0..<3 {
///       tile[c, j, :] = fma(pixels[q, c], gradient[q − j, :], tile[c, j, :])
///     } } }
///
/// The pixel under tap j of an output is the one under tap 0 of the output j places on. So a number of the
/// images is loaded once for three products, as in `SlidingTile`. The gradients are read beyond both ends
/// of a row, where zeros stand.
struct SlidingGradientTile {
  /// The channels of a tile.
  static let channels = 8

  private var c0 = Taps(), c1 = Taps(), c2 = Taps(), c3 = Taps()
  private var c4 = Taps(), c5 = Taps(), c6 = Taps(), c7 = Taps()

  /// The sums of one channel.
  private struct Taps {
    var tap0 = TileVector.zero
    var tap1 = TileVector.zero
    var tap2 = TileVector.zero

    @inline(__always)
    mutating func add(_ pixel: Scalar, _ gradients: (TileVector, TileVector, TileVector)) {
      let number = TileVector(repeating: pixel)
      tap0.addProduct(number, gradients.0)
      tap1.addProduct(number, gradients.1)
      tap2.addProduct(number, gradients.2)
    }

    @inline(__always)
    func add(to weights: UnsafeMutablePointer<Scalar>, tapStride: Int) {
      let (second, third) = unsafe (weights + tapStride, weights + 2 &* tapStride)
      unsafe (TileVector(at: weights) + tap0).store(to: weights)
      unsafe (TileVector(at: second) + tap1).store(to: second)
      unsafe (TileVector(at: third) + tap2).store(to: third)
    }
  }

  /// Adds the products of neighbouring pixels.
  ///
  /// Unsafe for speed, like `RegisterTile.addProducts`.
  ///
  /// - Parameters:
  ///   - pixels: the first of the tile's channels of the first pixel.
  ///   - pixelStep: the distance between neighbouring pixels.
  ///   - gradient: what the first pixel is multiplied with for tap 0; two vectors before it are read.
  ///   - steps: how many pixels.
  @inline(__always)
  mutating func addProducts(
    _ pixels: UnsafePointer<Scalar>, pixelStep: Int, _ gradient: UnsafePointer<Scalar>, steps: Int
  ) {
    var pixels = unsafe pixels
    var gradient = unsafe gradient
    let width = TileVector.scalarCount
    for _ in 0..<steps {
      let gradients = unsafe (
        TileVector(at: gradient), TileVector(at: gradient - width),
        TileVector(at: gradient - 2 &* width)
      )
      unsafe c0.add(pixels[0], gradients)
      unsafe c1.add(pixels[1], gradients)
      unsafe c2.add(pixels[2], gradients)
      unsafe c3.add(pixels[3], gradients)
      unsafe c4.add(pixels[4], gradients)
      unsafe c5.add(pixels[5], gradients)
      unsafe c6.add(pixels[6], gradients)
      unsafe c7.add(pixels[7], gradients)
      unsafe pixels += pixelStep
      unsafe gradient += width
    }
  }

  /// Adds the sums to the gradient with respect to the weights.
  ///
  /// - Parameters:
  ///   - weights: where the first channel's tap 0 goes.
  ///   - tapStride: the distance between taps.
  ///   - channelStride: the distance between channels.
  @inline(__always)
  func add(to weights: UnsafeMutablePointer<Scalar>, tapStride: Int, channelStride: Int) {
    for (channel, taps) in [c0, c1, c2, c3, c4, c5, c6, c7].enumerated() {
      unsafe taps.add(to: weights + channel &* channelStride, tapStride: tapStride)
    }
  }
}
