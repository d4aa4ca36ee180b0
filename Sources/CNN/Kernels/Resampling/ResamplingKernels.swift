import KernelSupport

/// The sizes of a resampling: a batch of images, and the size of the pictures that are made of them.
public struct ResamplingShape: Hashable, Sendable {
  /// The images that are looked at.
  public let input: ImageShape
  /// The results: as many images, with as many channels.
  public let output: ImageShape

  /// Creates a shape.
  ///
  /// - Parameters:
  ///   - input: the images; any size may be 0.
  ///   - size: the height and width of the results, at least 0×0; the images' own where it is missing.
  public init(_ input: ImageShape, to size: Extent? = nil) {
    self.input = input
    output = ImageShape(
      batch: input.batch, height: size?.height ?? input.height, width: size?.width ?? input.width,
      channels: input.channels)
  }

  /// The pixels of all results, each of which looks at one place.
  public var places: Int { output.batch * output.height * output.width }

  /// Stops the program unless the operands have the counts that this shape asks for.
  func check(_ operation: String, input: Int, rows: Int, columns: Int, output: Int) {
    precondition(
      input == self.input.count && rows == places && columns == places
        && output == self.output.count,
      "\(operation): \(input) elements at \(rows) rows and \(columns) columns into \(output) elements, "
        + "for images of shape \(self.input) and results of shape \(self.output)")
  }

  /// Stops the program unless the operands of affine coordinates fit this shape.
  func check(_ operation: String, maps: Int, displacement: Int, rows: Int, columns: Int) {
    precondition(
      maps == 6 * output.batch && (displacement == 0 || displacement == 2 * places)
        && rows == places && columns == places,
      "\(operation): \(maps) numbers of maps and \(displacement) of displacements into \(rows) rows and "
        + "\(columns) columns, for results of shape \(output)")
  }
}

/// The kernels that look at images at other places than their pixels.
///
/// `Naive` holds the contract of every operation and its definition; `Fast` computes the same up to
/// rounding.
public protocol ResamplingKernels {
  /// The images at given places, between pixels too; contract: `Naive.resample`.
  static func resample(
    _ input: Span<Scalar>, rows: Span<Scalar>, columns: Span<Scalar>,
    into output: inout MutableSpan<Scalar>, _ shape: ResamplingShape)

  /// The places that every image's map sends its pixels to; contract: `Naive.affineCoordinates`.
  static func affineCoordinates(
    _ maps: Span<Scalar>, displacement: Span<Scalar>, rows: inout MutableSpan<Scalar>,
    columns: inout MutableSpan<Scalar>, _ shape: ResamplingShape)
}

extension Naive: ResamplingKernels {}
extension Fast: ResamplingKernels {}

extension Backend {
  /// The resampling kernels of this backend.
  public var resampling: any ResamplingKernels.Type { self == .naive ? Naive.self : Fast.self }
}
