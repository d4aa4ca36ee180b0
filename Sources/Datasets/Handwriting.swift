import KernelSupport

/// How one digit is written: everything that differs from one writer, and one moment, to the next.
public struct Handwriting: Sendable {
  /// By how much a point leans to the right for each unit that it is higher.
  public let slant: Scalar
  /// The turn of the whole digit, in radians, clockwise.
  public let rotation: Scalar
  /// The width relative to the drawn model.
  public let stretch: Scalar
  /// The standard deviation of a point's displacement, in hundredths of the digit's height.
  public let wobble: Scalar
  /// The longer side of the digit's bounding box, in pixels.
  public let size: Scalar
  /// The displacement of the box's centre from the image's, in pixels.
  public let shift: SIMD2<Scalar>
  /// Half the width of the pen's line, in pixels.
  public var penRadius: Scalar
  /// The width of the line's soft edge, in pixels.
  public let penSoftness: Scalar

  /// A random writer, with the spread that makes the digits about as hard to read as MNIST's.
  init(using generator: inout some RandomNumberGenerator) {
    slant = 0.12 + 0.24 * generator.normal()
    rotation = 0.12 * generator.normal()
    stretch = Scalar.exp(0.17 * generator.normal())
    wobble = generator.uniform(in: 1.5..<4.5)
    size = generator.uniform(in: 16..<21)
    shift = [0.85 * generator.normal(), 0.85 * generator.normal()]
    penRadius = generator.uniform(in: 0.8..<1.8)
    penSoftness = generator.uniform(in: 0.9..<1.6)
  }

  /// The strokes of a digit, in pixels of an image.
  ///
  /// - Parameters:
  ///   - model: the strokes' points, in hundredths of the digit's height.
  ///   - side: the height and width of the image that the digit is centred in.
  ///   - generator: displaces the points.
  func write(
    _ model: [Stroke], imageSide side: Int, using generator: inout some RandomNumberGenerator
  ) -> [Stroke] {
    let (sine, cosine) = (Scalar.sin(rotation), Scalar.cos(rotation))
    var written = model
    for stroke in model.indices {
      for point in model[stroke].indices {
        if point > 0, model[stroke][point] == model[stroke][point - 1] {
          // A corner is a point named twice: both must move together.
          written[stroke][point] = written[stroke][point - 1]
          continue
        }
        let x = model[stroke][point].x + wobble * generator.normal()
        let y = model[stroke][point].y + wobble * generator.normal()
        let leaning = stretch * x - slant * y
        written[stroke][point] = [cosine * leaning - sine * y, sine * leaning + cosine * y]
      }
    }
    return fit(written.map(\.curve), imageSide: side)
  }

  /// Scales strokes so that their bounding box has the wanted size, and moves it to its place.
  private func fit(_ strokes: [Stroke], imageSide side: Int) -> [Stroke] {
    var low = SIMD2<Scalar>(repeating: .infinity)
    var high = SIMD2<Scalar>(repeating: -.infinity)
    for stroke in strokes {
      for point in stroke {
        low = pointwiseMin(low, point)
        high = pointwiseMax(high, point)
      }
    }
    let scale = (size - 2 * penRadius) / (high - low).max()
    let centre = (low + high) / 2
    let target = SIMD2<Scalar>(repeating: Scalar(side) / 2) + shift
    return strokes.map { stroke in stroke.map { ($0 - centre) * scale + target } }
  }
}
