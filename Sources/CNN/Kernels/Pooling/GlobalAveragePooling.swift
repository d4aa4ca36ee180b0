import KernelSupport

extension Naive {
  /// The mean of every channel of an image.
  ///
  ///     output[n, c] = 1/(height · width) · Σ_{y, x} input[n, y, x, c]
  ///
  /// - Parameters:
  ///   - input: the images, [batch, height, width, channel]; an image has at least one pixel.
  ///   - output: the means, [batch, channel].
  ///   - images: the input's sizes.
  ///
  /// Source: Lin, Chen and Yan, "Network In Network", ICLR 2014, section 3.2.
  public static func globalAveragePooling(
    _ input: Span<Scalar>, into output: inout MutableSpan<Scalar>, _ images: ImageShape
  ) {
    images.checkGlobal("Naive.globalAveragePooling", input: input.count, output: output.count)
    for n in 0..<images.batch {
      for c in 0..<images.channels {
        var sum = 0.0
        for pixel in 0..<images.pixels {
          sum += Double(input[(n * images.pixels + pixel) * images.channels + c])
        }
        output[n * images.channels + c] = Scalar(sum / Double(images.pixels))
      }
    }
  }

  /// The pullback of `globalAveragePooling`: all pixels get the same share.
  ///
  ///     inputGradient[n, y, x, c] += outputGradient[n, c] / (height · width)
  ///
  /// - Parameters:
  ///   - outputGradient: ∂L/∂output, [batch, channel].
  ///   - inputGradient: ∂L/∂input, [batch, height, width, channel].
  ///   - images: the input's sizes.
  ///   - accumulating: whether the gradient is added to what `inputGradient` holds.
  public static func globalAveragePoolingBackward(
    _ outputGradient: Span<Scalar>, into inputGradient: inout MutableSpan<Scalar>,
    _ images: ImageShape, accumulating: Bool
  ) {
    images.checkGlobal(
      "Naive.globalAveragePoolingBackward", input: inputGradient.count,
      output: outputGradient.count)
    for n in 0..<images.batch {
      for pixel in 0..<images.pixels {
        for c in 0..<images.channels {
          let index = (n * images.pixels + pixel) * images.channels + c
          let share = outputGradient[n * images.channels + c] / Scalar(images.pixels)
          inputGradient[index] = accumulating ? inputGradient[index] + share : share
        }
      }
    }
  }
}

extension ImageShape {
  /// The pixels of an image.
  fileprivate var pixels: Int { height * width }

  /// Stops the program unless operands are images of this shape, of at least one pixel, and their means.
  fileprivate func checkGlobal(_ operation: String, input: Int, output: Int) {
    precondition(
      pixels > 0 && input == count && output == batch * channels,
      "\(operation): \(input) and \(output) elements for images of shape \(self), which must have "
        + "pixels, and outputs [\(batch), \(channels)]")
  }
}

/// Eight channels at a time; images go to threads.
extension Fast {
  /// The mean of every channel; contract: `Naive.globalAveragePooling`.
  public static func globalAveragePooling(
    _ input: Span<Scalar>, into output: inout MutableSpan<Scalar>, _ images: ImageShape
  ) {
    images.checkGlobal("Fast.globalAveragePooling", input: input.count, output: output.count)
    let (pixels, channels) = (images.pixels, images.channels)
    guard channels > 0 else { return }
    output.forEachBlock(of: channels * max(1, 32_768 / (pixels * channels))) { start, block in
      for image in stride(from: 0, to: block.count, by: channels) {
        let pixelsOfImage = (start &+ image) &* pixels
        for c in stride(from: 0, to: channels, by: Vector.scalarCount) {
          var sum = Vector.zero
          // Blocks of pixels, added up: one sum of a large image would stop growing at 2²⁴ times its terms.
          for first in stride(from: 0, to: pixels, by: 1024) {
            var part = Vector.zero
            for pixel in first..<min(first &+ 1024, pixels) {
              part += input.paddedVector(at: pixelsOfImage &+ pixel &* channels &+ c)
            }
            sum += part
          }
          block.store(
            sum / Scalar(pixels), at: image &+ c, lanes: min(Vector.scalarCount, channels &- c))
        }
      }
    }
  }

  /// The pullback of `globalAveragePooling`; contract: `Naive.globalAveragePoolingBackward`.
  public static func globalAveragePoolingBackward(
    _ outputGradient: Span<Scalar>, into inputGradient: inout MutableSpan<Scalar>,
    _ images: ImageShape, accumulating: Bool
  ) {
    images.checkGlobal(
      "Fast.globalAveragePoolingBackward", input: inputGradient.count,
      output: outputGradient.count)
    let (pixels, channels) = (images.pixels, images.channels)
    guard channels > 0 else { return }
    inputGradient.forEachBlock(of: channels * max(1, 32_768 / channels)) { start, block in
      // What all pixels of an image get is divided once.
      var shares = [Scalar](repeating: 0, count: channels)
      var imageOfShares = -1
      for pixel in stride(from: 0, to: block.count, by: channels) {
        let image = (start &+ pixel) / (pixels &* channels) &* channels
        if image != imageOfShares {
          for c in 0..<channels { shares[c] = outputGradient[image &+ c] / Scalar(pixels) }
          imageOfShares = image
        }
        let share = shares.span
        var row = block._mutatingExtracting(pixel..<pixel &+ channels)
        if accumulating {
          for c in share.indices { row[c] += share[c] }
        } else {
          for c in share.indices { row[c] = share[c] }
        }
      }
    }
  }
}
