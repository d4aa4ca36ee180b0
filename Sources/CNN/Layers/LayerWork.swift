import Backprop
import KernelSupport
import Optimizers

/// A layer whose work can be counted without doing it.
///
/// A multiply-add is a product and its addition, by the definition: products with padding count, biases,
/// normalisations, activations and poolings do not, as is usual.
public protocol CountedLayer: Layer {
  /// What the layer makes of an input, and from how many products.
  ///
  /// - Parameter input: the shape of the input, [batch, height, width, channel] or [batch, features].
  /// - Returns: the shape of the output, and the number of multiply-adds.
  func work(on input: [Int]) -> LayerWork
}

/// The shape of a layer's output, and what it takes to compute it.
public struct LayerWork: Equatable, Sendable {
  /// The shape of the output.
  public var output: [Int]
  /// How many products are added up.
  public var multiplyAdds: Int

  /// Creates the work of a layer.
  ///
  /// - Parameters:
  ///   - output: the shape of the output.
  ///   - multiplyAdds: how many products are added up.
  public init(_ output: [Int], multiplyAdds: Int = 0) {
    self.output = output
    self.multiplyAdds = multiplyAdds
  }

  /// This and then a layer on its output.
  func followed(by layer: any Layer) -> LayerWork {
    guard let layer = layer as? any CountedLayer else {
      preconditionFailure("work(on:): the work of a \(type(of: layer)) is not known")
    }
    let next = layer.work(on: output)
    return LayerWork(next.output, multiplyAdds: multiplyAdds + next.multiplyAdds)
  }
}

extension Sequential: CountedLayer {
  /// The work of all layers.
  public func work(on input: [Int]) -> LayerWork {
    layers.reduce(LayerWork(input)) { $0.followed(by: $1) }
  }

  /// The work of every layer by itself, for inputs of a shape.
  public func workOfLayers(on input: [Int]) -> [LayerWork] {
    var shape = input
    return layers.map { layer in
      let work = LayerWork(shape).followed(by: layer)
      shape = work.output
      return work
    }
  }
}

extension Conv2D: CountedLayer {
  /// A product for every tap, channel, output channel and place.
  public func work(on input: [Int]) -> LayerWork {
    let shape = ConvolutionShape(
      ImageShape(input, "Conv2D.work"), window, outputChannels: weight.value.columns)
    return LayerWork(shape.output.sizes, multiplyAdds: shape.operations / 2)
  }
}

extension Dense: CountedLayer {
  /// A product for every weight and row.
  public func work(on input: [Int]) -> LayerWork {
    let rows = input.dropLast().reduce(1, *)
    return LayerWork(
      input.dropLast() + [weight.value.columns], multiplyAdds: rows * weight.value.count)
  }
}

extension NormalizedConv2D: CountedLayer {
  /// The convolution's; the normalisation can be folded into it.
  public func work(on input: [Int]) -> LayerWork { convolution.work(on: input) }
}

extension ResidualBlock: CountedLayer {
  /// The path's, and the projection's if there is one.
  public func work(on input: [Int]) -> LayerWork {
    let path = path.work(on: input).followed(by: last)
    let projection = shortcut?.work(on: input).multiplyAdds ?? 0
    return LayerWork(path.output, multiplyAdds: path.multiplyAdds + projection)
  }
}

extension InceptionBlock: CountedLayer {
  /// That of all branches, whose channels lie one after the other.
  public func work(on input: [Int]) -> LayerWork {
    let works = branches.map { $0.work(on: input) }
    let channels = works.reduce(0) { $0 + $1.output[3] }
    return LayerWork(
      works[0].output.dropLast() + [channels],
      multiplyAdds: works.reduce(0) { $0 + $1.multiplyAdds })
  }
}

extension MaxPooling2D: CountedLayer {
  /// No products.
  public func work(on input: [Int]) -> LayerWork { .pooling(input, window) }
}

extension AveragePooling2D: CountedLayer {
  /// No products.
  public func work(on input: [Int]) -> LayerWork { .pooling(input, window) }
}

extension GlobalAveragePooling2D: CountedLayer {
  /// No products.
  public func work(on input: [Int]) -> LayerWork { LayerWork([input[0], input[3]]) }
}

extension Flatten: CountedLayer {
  /// No products.
  public func work(on input: [Int]) -> LayerWork {
    LayerWork([input[0], input.dropFirst().reduce(1, *)])
  }
}

extension BatchNormalization: CountedLayer {
  /// None: it can be folded into the convolution before it.
  public func work(on input: [Int]) -> LayerWork { LayerWork(input) }
}

extension Dropout: CountedLayer {
  /// No products.
  public func work(on input: [Int]) -> LayerWork { LayerWork(input) }
}

extension LayerWork {
  fileprivate static func pooling(_ input: [Int], _ window: Window) -> LayerWork {
    let images = ImageShape(input, "pooling's work")
    return LayerWork(WindowGeometry(images, window).output(channels: images.channels).sizes)
  }
}

extension ImageShape {
  /// The shape of a batch of images from its sizes.
  fileprivate init(_ sizes: [Int], _ operation: String) {
    precondition(
      sizes.count == 4,
      "\(operation): a shape of \(sizes), expected [batch, height, width, channel]")
    self.init(batch: sizes[0], height: sizes[1], width: sizes[2], channels: sizes[3])
  }
}
