import Datasets
import KernelSupport
import Testing

@Suite struct KnownDigitsTests {
  @Test func `each image comes with its label, a shape of that digit, and its hand`() {
    var generator = SeededGenerator(seed: 1)
    let known = KnownDigits(count: 600, using: &generator)
    #expect(known.images.labels.prefix(12) == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1])
    #expect(Set(known.shapes).count == KnownDigits.shapeCount)
    // No shape belongs to two digits, and shapes are numbered digit after digit.
    let digitOfShape = zip(known.shapes, known.images.labels).sorted { $0.0 < $1.0 }.map(\.1)
    #expect(digitOfShape == digitOfShape.sorted())
    #expect(known.penRadii.allSatisfy { (0.8..<1.8).contains($0) })
  }

  @Test func `ink tells of the pen, and the middle of each row of the lean`() {
    var generator = SeededGenerator(seed: 2)
    let known = KnownDigits(count: 2000, using: &generator)
    // Of a 1 ink is length times width; lengths differ too, by a third. Of unrelated numbers half of the pairs agree.
    let ones = (0..<2000).filter { known.images.labels[$0] == 1 }
    func agreement(_ a: [Double], _ b: [Double]) -> Double {
      // The share of the pairs that both put in the same order.
      var (same, all) = (0.0, 0.0)
      for i in a.indices {
        for j in 0..<i {
          all += 1
          if (a[i] < a[j]) == (b[i] < b[j]) { same += 1 }
        }
      }
      return same / all
    }
    let ink = ones.map { known.images[$0].reduce(0.0) { $0 + Double($1) } }
    #expect(agreement(ink, ones.map { Double(known.penRadii[$0]) }) > 0.7)
    // The covariance of row and column of the ink, by the row's variance: columns a row, to the left.
    let slopes = ones.map { index in
      var (sum, row, column, product, square) = (0.0, 0.0, 0.0, 0.0, 0.0)
      for (place, shade) in known.images[index].enumerated() {
        let (r, c, w) = (Double(place / 28), Double(place % 28), Double(shade))
        sum += w
        row += w * r
        column += w * c
        product += w * r * c
        square += w * r * r
      }
      return -(product - row * column / sum) / (square - row * row / sum)
    }
    #expect(agreement(slopes, ones.map { Double(known.leans[$0]) }) > 0.85)
  }
}
