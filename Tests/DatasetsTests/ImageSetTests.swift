import Datasets
import KernelSupport
import Testing

/// Three images of one row and two columns.
private let small = ImageSet(
  pixels: [0, 255, 51, 102, 1, 254], labels: [7, 0, 9], height: 1, width: 2)

@Test func `a batch holds the images in the order of the indices, scaled to one`() {
  // The expected numbers are the same divisions, so they agree to the last bit.
  #expect(
    small.scalars(at: [2, 0, 2])
      == [1, 254, 0, 255, 1, 254].map { (byte: Scalar) in byte / 255 })
  #expect(small.labels(at: [2, 0, 2]) == [9, 7, 9])
}

@Test func `every byte becomes its share of 255`() {
  let bytes = ImageSet(
    pixels: Array(0...255), labels: [0], height: 16, width: 16)
  #expect(bytes.scalars(at: 0..<1) == (0...255).map { Scalar($0) / 255 })
}

@Test func `a batch of no images is empty`() {
  #expect(small.scalars(at: []).isEmpty)
  #expect(small.labels(at: []).isEmpty)
}

@Test func `one image is its own bytes`() {
  #expect(Array(small[1]) == [51, 102])
  #expect(small.pixelsPerImage == 2)
}

@Test(arguments: [0, 1, 2, 3, 4])
func `a prefix holds the first images`(maxCount: Int) {
  let prefix = small.prefix(maxCount)
  let count = min(maxCount, 3)
  #expect(prefix.count == count)
  #expect(prefix.pixels == Array(small.pixels.prefix(2 * count)))
  #expect(prefix.labels == Array(small.labels.prefix(count)))
}

@Test func `pixels of another shape are refused`() async {
  await #expect(processExitsWith: .failure) {
    _ = ImageSet(pixels: [1, 2, 3], labels: [0], height: 2, width: 2)
  }
}

@Test func `a label beyond the classes is refused`() async {
  await #expect(processExitsWith: .failure) {
    _ = ImageSet(pixels: [1, 2], labels: [0, 2], height: 1, width: 1, classCount: 2)
  }
}

@Test func `an image that does not exist is refused`() async {
  await #expect(processExitsWith: .failure) {
    _ = ImageSet(pixels: [1], labels: [0], height: 1, width: 1).scalars(at: [1])
  }
}

@Test func `a count below zero and a label that does not exist are named`() async {
  let prefix = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
    _ = ImageSet(pixels: [1], labels: [0], height: 1, width: 1).prefix(-1)
  }
  #expect(said(prefix).contains("Fatal error: ImageSet.prefix: -1 images"))
  let label = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
    _ = ImageSet(pixels: [1], labels: [0], height: 1, width: 1).labels(at: [1])
  }
  #expect(said(label).contains("Fatal error: ImageSet: no image 1 in [1, 1, 1]"))
}

private func said(_ result: ExitTest.Result?) -> String {
  String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
}
