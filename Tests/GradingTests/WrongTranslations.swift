import Grading

/// A pool with its coins and places given; `afterSwap` may spoil what was kept.
func exchanged(
  _ images: [Int], _ capacity: Int, _ swaps: [Bool], _ places: [Int],
  afterSwap change: (inout [Int]) -> Void
) -> [Int] {
  var (kept, coins, drawn): ([Int], _, _) = ([], swaps[...], places[...])
  return images.map { image in
    if kept.count < capacity {
      kept.append(image)
      return image
    }
    guard capacity > 0, coins.popFirst() == true, let place = drawn.popFirst() else { return image }
    defer { change(&kept) }
    defer { kept[place] = image }
    return kept[place]
  }
}

/// |F(G(x)) − x| of lines, and the gradient; F's slope on G's way can be replaced.
func thereAndBack(
  _ x: [Double], _ forth: Line, _ back: Line, through: Double? = nil
) -> (loss: Double, gradient: [Double]) {
  let rests = x.map { back.slope * (forth.slope * $0 + forth.offset) + back.offset - $0 }
  let signs = rests.map { $0 > 0 ? 1.0 : $0 < 0 ? -1 : 0 }
  func mean(_ numbers: [Double]) -> Double { numbers.reduce(0, +) / Double(x.count) }
  let way = through ?? back.slope
  return (
    mean(rests.map(abs)),
    [
      way * mean(zip(signs, x).map(*)), way * mean(signs),
      mean(zip(signs, x).map { $0 * (forth.slope * $1 + forth.offset) }), mean(signs),
    ]
  )
}

/// Shows an old image, and forgets the new one all the same.
enum PoolThatNeverChanges: RightGAN {
  static func pooled(
    _ images: [Int], capacity: Int, swaps: [Bool], places: [Int]
  ) throws -> [Int] {
    let first = Array(images.prefix(capacity))
    return exchanged(images, capacity, swaps, places) { $0 = first }
  }
}

/// Throws a coin for every image, also while there is room.
enum CoinsFromTheStart: RightGAN {
  static func pooled(
    _ images: [Int], capacity: Int, swaps: [Bool], places: [Int]
  ) throws -> [Int] {
    exchanged(images, capacity, Array(swaps.dropFirst(capacity)), places) { _ in }
  }
}

/// Takes the way back for an identity when the gradient goes through it.
enum WayBackForgotten: RightGAN {
  static func cycleLoss(
    _ x: [Double], forth: Line, back: Line
  ) throws -> (loss: Double, gradient: [Double]) {
    thereAndBack(x, forth, back, through: 1)
  }
}

/// Differentiates the squares and returns the distances.
enum SquaresForDistances: RightGAN {
  static func cycleLoss(
    _ x: [Double], forth: Line, back: Line
  ) throws -> (loss: Double, gradient: [Double]) {
    let right = thereAndBack(x, forth, back)
    return (right.loss, right.gradient.map { 2 * right.loss * $0 })
  }
}
