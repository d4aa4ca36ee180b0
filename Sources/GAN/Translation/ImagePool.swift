import Backprop
import KernelSupport

/// Generated images of earlier steps, mixed with today's: what a critic is shown, and nobody else.
///
/// A critic that only ever sees the newest fakes forgets what was wrong with older ones, and the two players may chase each
/// other in circles. While the pool has room, an image is kept and returned. Afterwards, by a coin, either it is returned
/// and forgotten, or a random kept image is returned and the new one takes its place: so half of what comes out is old.
///
/// Source: Shrivastava et al., "Learning from Simulated and Unsupervised Images through Adversarial Training", CVPR
/// 2017, section 2.3; with the coin of Zhu, Park, Isola and Efros, "Unpaired Image-to-Image Translation using
/// Cycle-Consistent Adversarial Networks", ICCV 2017, and 50 images, as there.
public struct ImagePool {
  /// How many images it keeps; 0 makes it return what it is given.
  public let capacity: Int
  private var images: [[Scalar]] = []
  private var generator: SeededGenerator

  /// Creates an empty pool.
  ///
  /// - Parameters:
  ///   - capacity: how many images it keeps, at least 0.
  ///   - seed: decides by which coins.
  public init(capacity: Int = 50, seed: UInt64) {
    precondition(capacity >= 0, "ImagePool: a capacity of \(capacity) images")
    self.capacity = capacity
    generator = SeededGenerator(seed: seed)
  }

  /// How many images it holds.
  public var count: Int { images.count }

  /// As many images as come in, some of them older.
  ///
  /// - Parameter batch: [images, …].
  /// - Returns: of the same shape.
  public mutating func exchange(_ batch: Tensor) -> Tensor {
    guard capacity > 0, batch.count > 0 else { return batch }
    let length = batch.count / batch.shape[0]
    var shown: [Scalar] = []
    shown.reserveCapacity(batch.count)
    for start in stride(from: 0, to: batch.count, by: length) {
      let image = Array(batch.elements[start..<start + length])
      if images.count < capacity {
        images.append(image)
        shown += image
      } else if generator.integer(below: 2) == 0 {
        shown += image
      } else {
        let place = generator.integer(below: capacity)
        shown += images[place]
        images[place] = image
      }
    }
    return Tensor(shown, shape: batch.shape)
  }
}
