import KernelSupport

/// A way to draw the strokes of a digit: the same hand with another pen.
///
/// Strokes are written once and drawn in every style, so that each image has one true partner, of the same
/// strokes, in every other style. Nobody can photograph a zebra as a horse; here a translation has a right
/// answer.
public enum PenStyle: String, CaseIterable, Sendable {
  /// A narrow line.
  case thin
  /// A line almost three times as wide.
  case bold
  /// The rim of the bold line: what it covers and a pen half as wide doesn't.
  case outline
  /// Dots along the stroke, evenly spaced from its beginning.
  case dotted
  /// The narrow line, leaning to the right by a further 24°.
  case slanted

  /// Half the width of the narrow line and of the bold one, of the outline's inside, and of a dot, in pixels.
  private static let (narrow, wide, inside, dot): (Scalar, Scalar, Scalar, Scalar) = (
    0.8, 2.2, 1.1, 1.3
  )
  /// The distance between the middles of neighbouring dots, in pixels.
  private static let spacing: Scalar = 4
  /// By how much a point leans to the right for each pixel that it is higher.
  private static let lean: Scalar = 0.45

  /// The image of strokes in this style, row-major `[side, side]`, 0 for paper and 255 for ink.
  func draw(_ strokes: [Stroke], imageSide side: Int) -> [UInt8] {
    func image(_ strokes: [Stroke], _ radius: Scalar) -> [UInt8] {
      Pen(radius: radius, softness: 1.2).draw(strokes, imageSide: side)
    }
    switch self {
    case .thin: return image(strokes, Self.narrow)
    case .bold: return image(strokes, Self.wide)
    case .outline:
      return zip(image(strokes, Self.wide), image(strokes, Self.inside)).map { $0 - $1 }
    case .dotted: return image(strokes.flatMap { $0.dots(every: Self.spacing) }, Self.dot)
    case .slanted:
      let middle = Scalar(side) / 2
      let leaning = strokes.map { stroke in
        stroke.map { SIMD2($0.x + Self.lean * (middle - $0.y), $0.y) }
      }
      return image(leaning, Self.narrow)
    }
  }
}

extension Stroke {
  /// Points at equal distances along a stroke of straight pieces, each as a stroke that hardly moves.
  fileprivate func dots(every spacing: Scalar) -> [Stroke] {
    var (dots, travelled, next): ([Stroke], Scalar, Scalar) = ([], 0, 0)
    for (start, end) in zip(self, dropFirst()) {
      let step = end - start
      let length = (step.x * step.x + step.y * step.y).squareRoot()
      while length > 0, next <= travelled + length {
        let place = start + (next - travelled) / length * step
        dots.append([place, place + SIMD2(0.01, 0)])
        next += spacing
      }
      travelled += length
    }
    return dots
  }
}

/// The same digits in every style: image i of one style and image i of another are of the same strokes.
public struct StyledDigits: Sendable {
  /// The images of each style, all with the same labels.
  public let images: [PenStyle: ImageSet]

  /// Writes new digits and draws each in every style.
  ///
  /// - Parameters:
  ///   - count: the number of digits, at least 0; classes as frequent as the others up to one digit, in random order.
  ///   - generator: decides the order of the labels and how each digit is written.
  public init(count: Int, using generator: inout some RandomNumberGenerator) {
    precondition(count >= 0, "StyledDigits: \(count) digits")
    let labels = generator.permutation(count: count).map { UInt8($0 % 10) }
    let strokes = labels.map { label in
      let models = DigitModels.models[Int(label)]
      let model = models[generator.integer(below: models.count)]
      var hand = Handwriting(using: &generator)
      // The pen belongs to the style; room for the widest is left by all.
      hand.penRadius = 2
      return hand.write(model, imageSide: Digits.side, using: &generator)
    }
    images = Dictionary(
      uniqueKeysWithValues: PenStyle.allCases.map { style in
        let pixels = strokes.flatMap { style.draw($0, imageSide: Digits.side) }
        return (
          style,
          ImageSet(pixels: pixels, labels: labels, height: Digits.side, width: Digits.side)
        )
      })
  }

  /// The images of a style.
  public subscript(style: PenStyle) -> ImageSet {
    guard let set = images[style] else { fatalError("StyledDigits: no images in \(style)") }
    return set
  }
}
