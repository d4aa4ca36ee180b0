import Backprop
import KernelSupport

extension Conv2D {
  /// Creates a layer of given parameters: another view of a layer's own, or numbers from elsewhere.
  ///
  /// - Parameters:
  ///   - weight: W, [kernel height, kernel width, in, out].
  ///   - bias: b, [out], or nil for none.
  ///   - window: the kernel's size, stride, dilation and padding; its size is the weight's.
  ///   - activation: what is applied to the weighted sums.
  public init(weight: Variable, bias: Variable?, window: Window, activation: Activation) {
    let sizes = weight.value.shape
    precondition(
      sizes.count == 4 && window.size == Extent(height: sizes[0], width: sizes[1])
        && (bias?.value.count ?? sizes[3]) == sizes[3],
      "Conv2D: weights of shape \(sizes) for a window of \(window.size)")
    self.weight = weight
    self.bias = bias
    self.window = window
    self.activation = activation
  }
}
