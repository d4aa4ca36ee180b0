import Backprop
import KernelSupport

/// Displaces every pixel by a distance and direction of its own, much like its neighbours': what the
/// tremor of a hand, or a rubber sheet under the paper, does to writing.
///
///     noise[y, x] uniform in [−1, 1);   displacement = strength · (Gaussian of width smoothness * noise)
///
/// once for the rows and once for the columns. Blurring leaves of the noise's variance ⅓ the sum of the
/// squared weights, which is 1 / (4π smoothness²): so the displacements have the standard deviation
///
///     strength / (√3 · 2 √π · smoothness)
///
/// away from the border. Beyond the border the noise counts as 0, so the displacements fade there.
///
/// Source: Simard, Steinkraus and Platt, "Best Practices for Convolutional Neural Networks Applied to
/// Visual Document Analysis", ICDAR 2003, section 2.
public struct ElasticDistortion: Hashable, Sendable {
  /// What the blurred noise is multiplied by, in pixels: α.
  public let strength: Scalar
  /// The standard deviation of the Gaussian, in pixels: σ.
  public let smoothness: Scalar

  /// Creates a distortion.
  ///
  /// - Parameters:
  ///   - strength: α, at least 0; in the paper 34 for images of 29×29 pixels.
  ///   - smoothness: σ, above 0; in the paper 4. Much smaller ones crumple the picture, much larger ones
  ///     only move it.
  public init(strength: Scalar = 34, smoothness: Scalar = 4) {
    precondition(
      strength >= 0 && smoothness > 0,
      "ElasticDistortion: a strength of \(strength) and a smoothness of \(smoothness), expected at "
        + "least 0 and above 0")
    self.strength = strength
    self.smoothness = smoothness
  }

  /// The displacements of a batch.
  ///
  /// A blur by rows and then by columns is a product with a band matrix from either side, B · noise · B.
  /// With the rows of all images side by side it is two matrix products for the whole batch.
  ///
  /// - Parameters:
  ///   - height: the rows of an image.
  ///   - width: the columns of an image.
  ///   - generators: a generator for every image.
  /// - Returns: by how many rows and columns, [height, 2, batch, width].
  package func displacement(height: Int, width: Int, _ generators: [SeededGenerator]) -> [Scalar] {
    let noise = noise(height: height, width: width, generators)
    var blurred = [Scalar](repeating: 0, count: noise.count)
    var displacement = blurred
    guard !noise.isEmpty else { return displacement }
    let (down, along) = (band(height, factor: strength), band(width, factor: 1))
    var result = blurred.mutableSpan
    Backend.current.matrix.matrixProduct(
      down.span, noise.span, into: &result,
      MatrixProductShape(rows: height, columns: noise.count / height, inner: height),
      accumulating: false)
    var finalResult = displacement.mutableSpan
    Backend.current.matrix.matrixProduct(
      blurred.span, along.span, into: &finalResult,
      MatrixProductShape(rows: noise.count / width, columns: width, inner: width),
      accumulating: false)
    return displacement
  }

  /// Numbers uniform in [−1, 1), each image's from its own generator, [height, 2, batch, width].
  private func noise(height: Int, width: Int, _ generators: [SeededGenerator]) -> [Scalar] {
    let batch = generators.count
    var noise = [Scalar](repeating: 0, count: height * 2 * batch * width)
    guard !noise.isEmpty else { return noise }
    let rowsPerBlock = max(1, ElementwiseBlock.heavy / width)
    var span = noise.mutableSpan
    span.forEachBlock(of: rowsPerBlock * width) { start, block in
      for line in 0..<block.count / width {
        let (row, image) = (start / width + line).quotientAndRemainder(dividingBy: batch)
        var generator = generators[image]
        generator.skip(row * width)
        for x in 0..<width { block[line &* width &+ x] = generator.signed() }
      }
    }
    return noise
  }

  /// The symmetric matrix whose row i holds a Gaussian around column i, [size, size].
  ///
  /// - Parameters:
  ///   - size: how many rows and columns.
  ///   - factor: the sum of a row, were it not cut off at the border.
  private func band(_ size: Int, factor: Scalar) -> [Scalar] {
    let heights = (0...max(size, Int(8 * smoothness))).map { distance in
      Scalar.exp(-Scalar(distance * distance) / (2 * smoothness * smoothness))
    }
    let sum = 2 * heights.dropFirst().reduce(0, +) + 1
    return (0..<size * size).map { factor / sum * heights[abs($0 / size - $0 % size)] }
  }
}
