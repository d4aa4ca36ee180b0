import Backprop
import CNN
import KernelSupport

/// The output of a network, and its way back to the input as a network.
public struct Linearized {
  /// y.
  public let output: Variable
  /// Turns ∂s/∂y into ∂s/∂x, in operations that can be differentiated again.
  public let pullback: (Variable) -> Variable
}

/// A layer whose way back is made of operations: of the same weight variables, so that a loss of ∂s/∂x can be
/// differentiated with respect to them.
public protocol Linearizable: Layer {
  /// The output for an input, with the way back.
  func linearized(at input: Variable) -> Linearized
}

extension Dense: Linearizable {
  /// y = φ(x W + b) and ∂s/∂x = (∂s/∂y ∘ φ′) Wᵀ.
  public func linearized(at input: Variable) -> Linearized {
    let output = self(input)
    let (weight, slopes) = (weight, activation.slopes(at: output))
    return Linearized(output: output) { gradient in
      (slopes.map { gradient * $0 } ?? gradient).batchedProduct(weight, rightTransposed: true)
    }
  }
}

extension Conv2D: Linearizable {
  /// y = φ(x ∗ W + b); the way back is the transposed convolution of ∂s/∂y ∘ φ′ with the same W.
  public func linearized(at input: Variable) -> Linearized {
    let output = self(input)
    let (weight, slopes) = (weight, activation.slopes(at: output))
    let (window, outputPadding) = window.explicit(for: input.value.shape)
    return Linearized(output: output) { gradient in
      (slopes.map { gradient * $0 } ?? gradient)
        .transposedConvolution(weight, window, outputPadding: outputPadding)
    }
  }
}

extension Flatten: Linearizable {
  /// Another shape, and the old one on the way back.
  public func linearized(at input: Variable) -> Linearized {
    let shape = input.value.shape
    return Linearized(output: self(input)) { $0.reshaped(shape) }
  }
}

extension Reshape: Linearizable {
  /// Another shape, and the old one on the way back.
  public func linearized(at input: Variable) -> Linearized {
    let shape = input.value.shape
    return Linearized(output: self(input)) { $0.reshaped(shape) }
  }
}

extension Sequential: Linearizable {
  /// Forward through the layers, and back through them from the last to the first.
  ///
  /// - Precondition: every layer is linearizable.
  public func linearized(at input: Variable) -> Linearized {
    var (output, pullbacks): (Variable, [(Variable) -> Variable]) = (input, [])
    for layer in layers {
      guard let layer = layer as? any Linearizable else {
        fatalError(
          "Sequential.linearized: a layer of type \(type(of: layer)) has no way back; a batch "
            + "normalisation could have none of its own, since it mixes the examples of a batch")
      }
      let step = layer.linearized(at: output)
      output = step.output
      pullbacks.append(step.pullback)
    }
    return Linearized(output: output) { gradient in
      pullbacks.reversed().reduce(gradient) { $1($0) }
    }
  }
}

extension Activation {
  /// φ′ at weighted sums with a known output, or nil where it is 1.
  ///
  /// The slopes of ReLU and leaky ReLU are constants: their own slopes are 0 wherever they have one. Those of
  /// tanh and the sigmoid are functions of the output, and so of everything before it.
  func slopes(at output: Variable) -> Variable? {
    func ones() -> Variable { Variable(Tensor(repeating: 1, shape: output.value.shape)) }
    func steps(_ negative: Scalar) -> Variable {
      let slopes = output.value.elements.map { $0 > 0 ? 1 : negative }
      return Variable(Tensor(slopes, shape: output.value.shape))
    }
    switch self {
    case .linear: return nil
    case .relu: return steps(0)
    case .leakyReLU(let slope): return steps(slope)
    case .tanh: return ones() - output * output
    case .sigmoid: return output * (ones() - output)
    case .gelu, .softmax:
      fatalError("linearized: the activation \(self) is not supported")
    }
  }
}

extension Window {
  /// This window with its padding in numbers, and the output padding with which a transposed convolution gives
  /// images of a shape.
  fileprivate func explicit(for images: [Int]) -> (window: Window, outputPadding: Extent) {
    let geometry = WindowGeometry(
      ImageShape(batch: images[0], height: images[1], width: images[2], channels: images[3]), self)
    // What the forward pass leaves out at the bottom and at the right is what has to be added.
    let (height, width) = (
      (geometry.outputHeight - 1) * stride.height + reach.height - geometry.top,
      (geometry.outputWidth - 1) * stride.width + reach.width - geometry.left
    )
    let (bottom, right) = (max(0, height - images[1]), max(0, width - images[2]))
    return (
      Window(
        size, stride: stride, dilation: dilation,
        padding: .explicit(top: geometry.top, bottom: bottom, left: geometry.left, right: right)),
      Extent(height: max(0, images[1] - height), width: max(0, images[2] - width))
    )
  }
}
