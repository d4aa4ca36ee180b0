import Backprop
import CNN
import KernelSupport

/// A layer that can show itself with parameters that collect no gradient.
///
/// In the generator's step the gradient must go *through* the discriminator, to the image, and not *into*
/// it. A frozen view is a layer of the same numbers whose parameters need no gradient: none is computed
/// for them, which saves time, and none is left behind for the discriminator's own step. Numbers are shared, not
/// copied, until one of the two changes; so take the view anew in every step.
public protocol Freezable: Layer {
  /// This layer with the parameters of this moment, which no gradient flows to.
  var frozen: Self { get }
}

extension Dense: Freezable {
  /// The layer with parameters that need no gradient.
  public var frozen: Dense {
    Dense(weight: weight.detached(), bias: bias.detached(), activation: activation)
  }
}

extension Conv2D: Freezable {
  /// The layer with parameters that need no gradient.
  public var frozen: Conv2D {
    Conv2D(
      weight: weight.detached(), bias: bias?.detached(), window: window, activation: activation)
  }
}

extension Flatten: Freezable {
  /// The layer, which has no parameters.
  public var frozen: Flatten { self }
}

extension Reshape: Freezable {
  /// The layer, which has no parameters.
  public var frozen: Reshape { self }
}

extension Sequential: Freezable {
  /// The layers with parameters that need no gradient.
  ///
  /// - Precondition: every layer can be frozen.
  public var frozen: Sequential {
    Sequential(
      layers.map { layer -> any Layer in
        guard let layer = layer as? any Freezable else {
          fatalError("Sequential.frozen: a layer of type \(type(of: layer)) cannot be frozen")
        }
        return layer.frozen
      })
  }
}
