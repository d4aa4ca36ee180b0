import CNN
import KernelSupport

/// A layer of a stack on square images: a convolution to so many channels, with biases, or, where `channels` is
/// nil, a pooling. Kernels and strides are square, and there is `padding` on every side.
public typealias StackedLayer = (kernel: Int, stride: Int, padding: Int, channels: Int?)

extension CNNExercises {
  static var costExercise: Exercise {
    Exercise(
      "cost",
      hint:
        "the sides change first; a convolution multiplies taps · channels in · channels out at every place.",
      [
        Check("one convolution") {
          for (kernel, stride, padding) in [(1, 1, 0), (3, 1, 0), (3, 1, 1), (5, 2, 2), (7, 3, 1)] {
            try checkCost([(kernel, stride, padding, 6)], side: 14, channels: 3)
          }
        },
        Check("poolings have neither products nor parameters, and keep the channels") {
          try checkCost([(2, 2, 0, nil)], side: 12, channels: 5)
          try checkCost([(3, 1, 1, 4), (2, 2, 0, nil), (3, 1, 0, 8)], side: 28, channels: 1)
          try checkCost([(2, 2, 0, nil), (3, 2, 1, 7), (3, 2, 1, nil)], side: 27, channels: 2)
        },
        Check("stacks of all kinds") {
          var generator = inputGenerator(47)
          for count in 0...6 {
            let layers = (0..<count).map { _ -> StackedLayer in
              let kernel = 1 + generator.integer(below: 5)
              let isPooling = generator.integer(below: 3) == 0
              return (
                kernel, 1 + generator.integer(below: 2), generator.integer(below: kernel),
                isPooling ? nil : 1 + generator.integer(below: 9)
              )
            }
            try checkCost(
              layers, side: 300 + generator.integer(below: 30),
              channels: 1 + generator.integer(below: 4))
          }
        },
        Check("VGG-16's convolutions on a photograph") {
          try checkCost(convolutionsOfVGG, side: 224, channels: 3)
        },
      ])
  }

  /// The five stages of VGG-16, each with a pooling at its end.
  private static var convolutionsOfVGG: [StackedLayer] {
    [(2, 64), (2, 128), (3, 256), (3, 512), (3, 512)].flatMap { count, channels in
      Array<StackedLayer>(repeating: (3, 1, 1, channels), count: count) + [(2, 2, 0, nil)]
    }
  }

  /// The book's shapes tell how many outputs there are, and how long the sum of each is.
  private static func checkCost(_ layers: [StackedLayer], side: Int, channels: Int) throws {
    var images = ImageShape(batch: 1, height: side, width: side, channels: channels)
    var (multiplyAdds, parameters) = (0, 0)
    for layer in layers {
      let window = Window(
        Extent(integerLiteral: layer.kernel), stride: Extent(integerLiteral: layer.stride),
        padding: .all(layer.padding))
      let shape = ConvolutionShape(
        images, window, outputChannels: layer.channels ?? images.channels)
      if layer.channels != nil {
        multiplyAdds += shape.output.count * shape.inner
        parameters += shape.weightCount + shape.outputChannels
      }
      images = shape.output
    }
    let answer = try cost(of: layers, side: side, channels: channels)
    let input = "\(layers.count) layers \(layers) on \(side)×\(side)×\(channels)"
    try expect(Double(answer.multiplyAdds), Double(multiplyAdds), for: "\(input), multiply-adds,")
    try expect(Double(answer.parameters), Double(parameters), for: "\(input), parameters,")
  }
}
