import Backprop
import KernelSupport

/// The gradient of a class's score with respect to every pixel: how the score would change if the pixel were a little
/// darker.
///
///     result[n, y, x, c] = ∂ network(images)[n, classes[n]] / ∂ images[n, y, x, c]
///
/// The score is what the network returns: of logits, the logit, and not its probability, which may grow
/// because those of other classes fall.
///
/// - Parameters:
///   - network: from images to [batch, class]; each image's scores depend on that image alone, as in
///     evaluation. The gradients of its parameters are cleared.
///   - images: [batch, height, width, channel], or another shape that the network takes.
///   - classes: the class of every image whose score is in question, in 0..<(number of classes).
/// - Returns: the shape of the images.
///
/// Source: Simonyan, Vedaldi and Zisserman, "Deep Inside Convolutional Networks: Visualising Image
/// Classification Models and Saliency Maps", 2013, equation 4.
public func scoreGradient(
  of network: some Layer, _ images: Tensor, classes: [Int]
) -> Tensor {
  defer { parameters(of: network).clearGradients() }
  return scoreGradient(at: images, classes: classes, "scoreGradient") {
    network($0, .evaluation)
  }
}

/// How much every pixel matters to a class's score, whichever way: the largest slope of its channels.
///
///     result[n, y, x] = max_c |scoreGradient[n, y, x, c]|
///
/// - Parameters:
///   - network: as for `scoreGradient`.
///   - images: [batch, height, width, channel], with at least one channel.
///   - classes: the class of every image whose score is in question.
/// - Returns: [batch, height, width], at least 0; NaN where a slope is.
///
/// Source: Simonyan et al., 2013, section 3.1.
public func saliency(of network: some Layer, _ images: Tensor, classes: [Int]) -> Tensor {
  let shape = images.imageShape("saliency")
  precondition(shape.channels >= 1, "saliency: images of shape \(shape) have no channels")
  let gradient = scoreGradient(of: network, images, classes: classes)
  let largest = (0..<gradient.rows).map { pixel in
    gradient.row(pixel).reduce(Scalar(0)) { .largerOrNaN($0, abs($1)) }
  }
  return Tensor(largest, shape: [shape.batch, shape.height, shape.width])
}

/// The gradient of scores with respect to the input of what computes them.
func scoreGradient(
  at input: Tensor, classes: [Int], _ operation: String, _ scores: (Variable) -> Variable
) -> Tensor {
  let input = Variable(input, needsGradient: true)
  let output = scores(input)
  let classCount = output.value.columns
  precondition(
    output.value.rows == classes.count && classes.allSatisfy { 0 <= $0 && $0 < classCount },
    "\(operation): classes \(classes) for scores of shape \(output.value.shape)")
  var upstream = Tensor(shape: output.value.shape)
  upstream.update { elements in
    for (row, chosen) in classes.enumerated() { elements[row * classCount + chosen] = 1 }
  }
  output.backward(upstream)
  return input.gradient ?? Tensor(shape: input.value.shape)
}
