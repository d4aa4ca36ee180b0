import Backprop
import KernelSupport

/// Random distortions that make new pictures of old ones, without changing what they show.
///
///     let distort = Augmentation(RandomRotation(degrees: 10), RandomShift(pixels: 2))
///     let batch = distort(images, using: &generator)
///
/// All distortions of a picture are composed before it is touched: coordinates go through one map after
/// the other, and a single interpolation fetches the pixels. Nothing is blurred twice.
///
/// Every picture is distorted by a generator of its own, so the same seed gives the same bits, whatever
/// the number of threads.
public struct Augmentation: Sendable {
  /// The maps, in the order in which the picture goes through them.
  public let affine: [any AffineDistortion]
  /// What displaces every pixel by itself before that, if anything.
  public let elastic: ElasticDistortion?

  /// Creates an augmentation of distortions.
  ///
  /// - Parameters:
  ///   - affine: the maps, in the order in which the picture goes through them.
  ///   - elastic: what displaces every pixel by itself before that, if anything.
  public init(_ affine: any AffineDistortion..., elastic: ElasticDistortion? = nil) {
    self.affine = affine
    self.elastic = elastic
  }

  /// For digits: all that a hand may do differently, and no flips.
  ///
  /// Turned and slanted by up to 7.5° and stretched by up to 15 %, the smaller angle and the smaller
  /// stretch of Cireşan, Meier, Gambardella and Schmidhuber, "Deep, Big, Simple Neural Nets for
  /// Handwritten Digit Recognition", Neural Computation 22, 2010; elastic as in Simard et al., 2003; and
  /// moved by up to 2 pixels, an addition of this book.
  public static let digits = Augmentation(
    RandomZoom(share: 0.15), RandomShear(degrees: 7.5), RandomRotation(degrees: 7.5),
    RandomShift(pixels: 2), elastic: ElasticDistortion())

  /// A batch of distorted pictures; what moves in from beyond the border is 0.
  ///
  /// - Parameters:
  ///   - images: [batch, height, width, channel].
  ///   - generator: gives one number a picture.
  /// - Returns: the same shape.
  public func callAsFunction(
    _ images: Tensor, using generator: inout some RandomNumberGenerator
  ) -> Tensor {
    let shape = ResamplingShape(images.imageShape("Augmentation"))
    let size = Extent(height: shape.output.height, width: shape.output.width)
    var generators = (0..<shape.output.batch).map { _ in SeededGenerator(seed: generator.next()) }
    var maps: [Scalar] = []
    maps.reserveCapacity(6 * generators.count)
    for index in generators.indices {
      maps += map(using: &generators[index]).centered(in: size).numbers
    }
    let displacement =
      elastic?.displacement(height: size.height, width: size.width, generators) ?? []
    return images.resampled(maps: maps, displacement: displacement, shape)
  }

  /// One picture's map, from the result back through all distortions.
  private func map(using generator: inout SeededGenerator) -> AffineMap {
    affine.reduce(.identity) { $1.map(using: &generator).followed(by: $0) }
  }
}

extension Tensor {
  /// The images at the places that maps and displacements send the pixels of the result to.
  fileprivate func resampled(
    maps: [Scalar], displacement: [Scalar], _ shape: ResamplingShape
  ) -> Tensor {
    var rows = [Scalar](repeating: 0, count: shape.places)
    var columns = rows
    var rowSpan = rows.mutableSpan
    var columnSpan = columns.mutableSpan
    Backend.current.resampling.affineCoordinates(
      maps.span, displacement: displacement.span, rows: &rowSpan, columns: &columnSpan, shape)
    return resampled(rows: rows, columns: columns, shape)
  }
}
