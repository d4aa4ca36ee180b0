import Backprop
import KernelSupport

/// Where a network sees a class: a map over the last pictures that it has inside.
///
///     weight[n, k] = mean_{y, x} ∂ score[n, classes[n]] / ∂ A[n, y, x, k]
///     result[n, y, x] = max(0, Σ_k weight[n, k] A[n, y, x, k]),   A = features(images)
///
/// A channel that raises the score, on the mean over its places, counts for as much as it does; what
/// speaks against the class is left out.
///
/// - Parameters:
///   - images: whatever `features` takes.
///   - classes: the class of every image whose score is in question.
///   - features: the front part of the network, from images to channels [batch, height, width, channel].
///   - head: the rest of it, from those channels to scores [batch, class]. The gradients of its parameters
///     grow; clear them if you go on to train.
/// - Returns: [batch, height, width, 1] of the features' size, at least 0, or NaN; `resized` enlarges it.
///
/// Source: Selvaraju, Cogswell, Das, Vedantam, Parikh and Batra, "Grad-CAM: Visual Explanations from Deep
/// Networks via Gradient-based Localization", ICCV 2017, equations 1 and 2.
public func gradCAM(
  _ images: Tensor, classes: [Int], features: (Variable) -> Variable,
  head: (Variable) -> Variable
) -> Tensor {
  let channels = Variable.withoutGradients { features(Variable(images)) }.value
  let shape = channels.imageShape("gradCAM")
  let gradient = scoreGradient(at: channels, classes: classes, "gradCAM", head)
  let places = shape.height * shape.width
  var map = Tensor(shape: [shape.batch, shape.height, shape.width, 1])
  map.update { map in
    for n in 0..<shape.batch {
      var weights = [Scalar](repeating: 0, count: shape.channels)
      for place in n * places..<(n + 1) * places {
        for (k, slope) in gradient.row(place).enumerated() { weights[k] += slope / Scalar(places) }
      }
      for place in n * places..<(n + 1) * places {
        let sum = zip(weights, channels.row(place)).reduce(0) { $0 + $1.0 * $1.1 }
        map[place] = .largerOrNaN(0, sum)
      }
    }
  }
  return map
}

extension Sequential {
  /// Where this network sees a class; contract: the function `gradCAM`.
  ///
  /// - Parameters:
  ///   - images: the network's input.
  ///   - classes: the class of every image whose score is in question.
  ///   - index: the layer whose output is looked at, [batch, height, width, channel]: as a rule the last
  ///     one that still has a height and a width. The gradients of all parameters are cleared.
  /// - Returns: [batch, height, width, 1] of that output's size, at least 0.
  public func gradCAM(_ images: Tensor, classes: [Int], layer index: Int) -> Tensor {
    precondition(
      layers.indices.contains(index), "gradCAM: no layer \(index) in a network of \(layers.count)")
    defer { parameters(of: self).clearGradients() }
    return CNN.gradCAM(images, classes: classes) {
      layers[...index].reduce($0) { $1($0, .evaluation) }
    } head: {
      layers[(index + 1)...].reduce($0) { $1($0, .evaluation) }
    }
  }

  /// The output of every layer for an input: what the network makes of it on the way.
  public func activations(_ input: Tensor) -> [Tensor] {
    Variable.withoutGradients {
      var current = Variable(input)
      return layers.map { layer in
        current = layer(current, .evaluation)
        return current.value
      }
    }
  }
}
