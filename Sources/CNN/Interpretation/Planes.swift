import Backprop
import KernelSupport

extension Tensor {
  /// What the first two dimensions hold for every place in the others: pictures to look at.
  ///
  ///     planes[k][y · width + x] = self[y, x, k]
  ///
  /// The channels of a feature map, [height, width, channel], are so many pictures; so are the filters of a
  /// layer, [kernel height, kernel width, in, out]: for each input the filter of every output in turn.
  ///
  /// - Precondition: there are at least two dimensions.
  public var planes: [[Scalar]] {
    precondition(
      shape.count >= 2, "planes: a tensor of shape \(shape), expected [height, width, …]")
    let count = shape.dropFirst(2).reduce(1, *)
    return (0..<count).map { plane in
      stride(from: plane, to: elements.count, by: count).map { elements[$0] }
    }
  }

  /// One example of a batch: what the first dimension holds at one place.
  ///
  /// - Parameter index: the example, below the first dimension.
  public func example(_ index: Int) -> Tensor {
    precondition(
      !shape.isEmpty && 0 <= index && index < shape[0],
      "example: no example \(index) in a tensor of shape \(shape)")
    let length = count / shape[0]
    return Tensor(
      Array(elements[index * length..<(index + 1) * length]), shape: Array(shape.dropFirst()))
  }
}
