import Backprop
import CNN
import KernelSupport
import TestSupport
import Testing

/// What a backend sees of images at given places.
private func resampled(
  _ backend: Backend, _ images: [Scalar], rows: [Scalar], columns: [Scalar],
  _ shape: ResamplingShape
) -> [Scalar] {
  changed([Scalar](repeating: .nan, count: shape.output.count)) {
    backend.resampling.resample(
      images.span, rows: rows.span, columns: columns.span, into: &$0, shape)
  }
}

/// The places of a shape, some of them outside and some exactly on pixels.
private func places(_ shape: ResamplingShape) -> (rows: [Scalar], columns: [Scalar]) {
  var generator = SeededGenerator(seed: 3)
  func numbers(_ size: Int) -> [Scalar] {
    (0..<shape.places).map { index in
      let place = generator.uniform(in: -2..<Scalar(size + 1))
      return index.isMultiple(of: 3) ? place.rounded() : place
    }
  }
  return (numbers(shape.input.height), numbers(shape.input.width))
}

/// The shape of a batch, [batch, height, width, channel], and of what is made of it.
private func shape(
  _ batch: Int, _ height: Int, _ width: Int, _ channels: Int, to size: Extent? = nil
) -> ResamplingShape {
  ResamplingShape(
    ImageShape(batch: batch, height: height, width: width, channels: channels), to: size)
}

@Suite struct ResamplingTests {
  /// Interpolated values are below 4, or 8 in a difference: nine roundings of half an ulp on either side.
  static let tolerance = 32 * Scalar.ulpOfOne

  static let awkwardShapes = [
    shape(1, 1, 1, 1), shape(3, 1, 1, 1), shape(1, 2, 4, 1), shape(1, 3, 3, 1), shape(2, 7, 1, 1),
    shape(5, 11, 13, 1), shape(1, 8, 8, 3), shape(2, 5, 7, 8), shape(3, 3, 4, 17),
    shape(2, 5, 4, 1, to: 9), shape(2, 5, 4, 3, to: Extent(height: 1, width: 10)),
    shape(23, 28, 28, 1), shape(22, 28, 27, 1), shape(0, 4, 4, 1), shape(2, 0, 4, 1, to: 3),
    shape(2, 4, 4, 1, to: 0), shape(2, 4, 4, 0), shape(1, 130, 140, 2),
  ]

  @Test(arguments: awkwardShapes)
  func `fast kernel equals the definition`(shape: ResamplingShape) {
    let images = numbersOffZero(count: shape.input.count, seed: 1)
    let (rows, columns) = places(shape)
    expectClose(
      resampled(.fast, images, rows: rows, columns: columns, shape),
      resampled(.naive, images, rows: rows, columns: columns, shape), within: Self.tolerance)
  }

  /// Quarters of a pixel and quarters of ink: every product and sum is exact.
  @Test(arguments: awkwardShapes)
  func `fast kernel equals the definition to the bit where nothing is rounded`(
    shape: ResamplingShape
  ) {
    let images = exactNumbers(count: shape.input.count, seed: 2)
    let (rows, columns) = places(shape)
    let quarters = (
      rows: rows.map { ($0 * 4).rounded() / 4 }, columns: columns.map { ($0 * 4).rounded() / 4 }
    )
    #expect(
      resampled(.fast, images, rows: quarters.rows, columns: quarters.columns, shape)
        == resampled(.naive, images, rows: quarters.rows, columns: quarters.columns, shape))
  }

  @Test(arguments: Backend.allCases, [1, 3])
  func `an image at its own pixels is itself`(backend: Backend, channels: Int) {
    let shape = shape(2, 5, 7, channels)
    let images = numbersOffZero(count: shape.input.count, seed: 4)
    let rows = (0..<70).map { Scalar($0 / 7 % 5) }
    let columns = (0..<70).map { Scalar($0 % 7) }
    #expect(resampled(backend, images, rows: rows, columns: columns, shape) == images)
  }

  @Test(arguments: Backend.allCases, [1, 2])
  func `beyond the border lies paper`(backend: Backend, channels: Int) {
    let shape = shape(1, 2, 2, channels, to: Extent(height: 3, width: 3))
    let outside: [Scalar] = [-1, 2, -1.5, 1e30, -1e30, .infinity, -.infinity, .nan, 7]
    let inside = [Scalar](repeating: 0.5, count: 9)
    let images = [Scalar](repeating: 1, count: 4 * channels)
    let blank = [Scalar](repeating: 0, count: 9 * channels)
    #expect(resampled(backend, images, rows: outside, columns: inside, shape) == blank)
    #expect(resampled(backend, images, rows: inside, columns: outside, shape) == blank)
  }

  @Test(arguments: Backend.allCases, [1, 2])
  func `across the border ink fades to paper`(backend: Backend, channels: Int) {
    let shape = shape(1, 1, 1, channels, to: Extent(height: 1, width: 4))
    let seen = resampled(
      backend, [Scalar](repeating: 1, count: channels), rows: [-0.75, 0.25, 0, 0.5],
      columns: [0, 0, -0.5, 0.5], shape)
    let expected: [Scalar] = [0.25, 0.75, 0.5, 0.25]
    #expect(seen == expected.flatMap { [Scalar](repeating: $0, count: channels) })
  }

  @Test(arguments: ["one channel", "three channels"], Backend.allCases)
  func `PyTorch's grid_sample agrees`(name: String, backend: Backend) throws {
    let fixture = try Fixture("seeing")
    let shape =
      name == "one channel"
      ? shape(2, 5, 7, 1, to: Extent(height: 4, width: 6)) : shape(2, 4, 3, 3, to: 5)
    // Places are rounded to half an ulp of up to 8, and a pixel's neighbour may differ from it by 6.
    expectClose(
      resampled(
        backend, fixture[name, "images"], rows: fixture[name, "rows"],
        columns: fixture[name, "columns"], shape),
      fixture[name, "output"], within: 2 * Self.tolerance)
  }

  @Test(arguments: Backend.allCases)
  func `PyTorch's interpolate agrees`(backend: Backend) throws {
    let fixture = try Fixture("seeing")
    let images = Tensor(fixture["resized", "images"], shape: [2, 3, 4, 2])
    let resized = Backend.$current.withValue(backend) { images.resized(height: 7, width: 9) }
    #expect(resized.shape == [2, 7, 9, 2])
    expectClose(resized.elements, fixture["resized", "output"], within: 2 * Self.tolerance)
  }

  @Test func `images of their own size stay as they are`() {
    let images = Tensor(numbersOffZero(count: 70, seed: 5), shape: [2, 5, 7, 1])
    #expect(images.resized(height: 5, width: 7) == images)
  }

  @Test(arguments: [1, 3])
  func `the number of threads changes no bit`(channels: Int) {
    let shape = shape(101, 28, 28, channels)
    let images = numbersOffZero(count: shape.input.count, seed: 6)
    let (rows, columns) = places(shape)
    let results = withThreads {
      resampled(.fast, images, rows: rows, columns: columns, shape)
    }
    #expect(results.allSatisfy { $0 == results[0] })
  }
}

/// The rows, then the columns, that maps and displacements lead to.
private func coordinates(
  _ backend: Backend, _ maps: [Scalar], displacement: [Scalar], _ shape: ResamplingShape
) -> [Scalar] {
  var columns = [Scalar](repeating: .nan, count: shape.places)
  let rows = changed(columns) {
    var span = columns.mutableSpan
    backend.resampling.affineCoordinates(
      maps.span, displacement: displacement.span, rows: &$0, columns: &span, shape)
  }
  return rows + columns
}

@Suite struct AffineCoordinatesTests {
  static let shapes = [
    shape(1, 1, 1, 1), shape(2, 3, 5, 1), shape(3, 5, 8, 2), shape(47, 28, 28, 1),
    shape(2, 4, 4, 1, to: Extent(height: 3, width: 17)), shape(0, 4, 4, 1), shape(2, 4, 0, 1),
  ]

  /// Quarters times small integers, and sums below 2²⁰: exact in both.
  @Test(arguments: shapes, [false, true])
  func `fast kernel equals the definition to the bit where nothing is rounded`(
    shape: ResamplingShape, isDisplaced: Bool
  ) {
    let maps = exactNumbers(count: 6 * shape.output.batch, seed: 1)
    let displacement = exactNumbers(count: isDisplaced ? 2 * shape.places : 0, seed: 2)
    #expect(
      coordinates(.fast, maps, displacement: displacement, shape)
        == coordinates(.naive, maps, displacement: displacement, shape))
  }

  @Test(arguments: Backend.allCases)
  func `every image goes through its own map and displacement`(backend: Backend) {
    // Two images of one row and two columns.
    let seen = coordinates(
      backend, [1, 10, 100, 2, 20, 200, 3, 30, 300, 4, 40, 400],
      displacement: [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8], shape(2, 1, 2, 1))
    let expected: [Scalar] = [
      100.1, 110.2, 300.3, 330.4,
      200.5, 220.6, 400.7, 440.8,
    ]
    // One rounding of a sum below 512.
    expectClose(seen, expected, within: 2 * Scalar.ulpOfOne)
  }

  @Test func `the number of threads changes no bit`() {
    let shape = shape(101, 28, 29, 1)
    let maps = numbersOffZero(count: 606, seed: 3)
    let displacement = numbersOffZero(count: 2 * shape.places, seed: 4)
    let results = withThreads { coordinates(.fast, maps, displacement: displacement, shape) }
    #expect(results.allSatisfy { $0 == results[0] })
  }
}
