import Grading
import KernelSupport

/// Right answers to chapter 4; a wrong one replaces a single function.
protocol RightCNN: CNNExercises {}

extension RightCNN {
  static func fieldOfView(
    of windows: [RowWindow], on size: Int
  ) throws -> (outputs: Int, pixels: Int) {
    var (outputs, pixels, step) = (size, 1, 1)
    for window in windows {
      let reach = (window.size - 1) * window.dilation
      outputs = (outputs + 2 * window.padding - reach - 1) / window.stride + 1
      pixels += reach * step
      step *= window.stride
    }
    return (outputs, pixels)
  }

  static func averagePoolingBackward(
    _ gradient: [Scalar], size: Int, window: Int, stride: Int, padding: Int, countsPadding: Bool
  ) throws -> [Scalar] {
    var result = [Scalar](repeating: 0, count: size)
    for (output, gradient) in gradient.enumerated() {
      let first = output * stride - padding
      let pixels = max(0, first)..<min(size, first + window)
      for pixel in pixels {
        result[pixel] += gradient / Scalar(countsPadding ? window : pixels.count)
      }
    }
    return result
  }

  static func factors(
    of kernel: [Scalar], side: Int
  ) throws -> (column: [Scalar], row: [Scalar])? {
    let zeros = [Scalar](repeating: 0, count: side)
    guard let pivot = kernel.firstIndex(where: { $0 != 0 }) else { return (zeros, zeros) }
    let row = (0..<side).map { kernel[pivot / side * side + $0] }
    let column = (0..<side).map { kernel[$0 * side + pivot % side] }
    let fits = kernel.indices.allSatisfy {
      kernel[$0] * kernel[pivot] == column[$0 / side] * row[$0 % side]
    }
    return fits ? (column.map { $0 / kernel[pivot] }, row) : nil
  }

  static func folded(
    weight: [Scalar], mean: [Scalar], variance: [Scalar], epsilon: Scalar, scale: [Scalar],
    shift: [Scalar]
  ) throws -> (weight: [Scalar], bias: [Scalar]) {
    let factors = zip(scale, variance).map { $0 / ($1 + epsilon).squareRoot() }
    return (
      weight.enumerated().map { $1 * factors[$0 % factors.count] },
      shift.indices.map { shift[$0] - factors[$0] * mean[$0] }
    )
  }

  static func tapGradient(
    _ x: [Scalar], gradient: [Scalar], times multiply: (Scalar, Scalar) -> Scalar
  ) throws -> [Scalar] {
    winogradTaps(x, gradient, half: 0.5, times: multiply)
  }

  static func cost(
    of layers: [StackedLayer], side: Int, channels: Int
  ) throws -> (multiplyAdds: Int, parameters: Int) {
    var (side, channels, multiplyAdds, parameters) = (side, channels, 0, 0)
    for layer in layers {
      side = (side + 2 * layer.padding - layer.kernel) / layer.stride + 1
      guard let outputs = layer.channels else { continue }
      let weights = layer.kernel * layer.kernel * channels * outputs
      multiplyAdds += side * side * weights
      parameters += weights + outputs
      channels = outputs
    }
    return (multiplyAdds, parameters)
  }

  static func separable(
    _ x: [Scalar], channels: Int, taps: [Scalar], points: [Scalar], gradient: [Scalar]
  ) throws -> (output: [Scalar], input: [Scalar], taps: [Scalar], points: [Scalar]) {
    separated(x, channels, taps, points, gradient, turned: false)
  }
}

enum RightCNNAnswers: RightCNN {}

/// Gᵀ (Bᵀ x ⊙ A g) for two outputs at a time; behind the last there may be one whose gradient is 0.
private func winogradTaps(
  _ x: [Scalar], _ gradient: [Scalar], half: Scalar, times multiply: (Scalar, Scalar) -> Scalar
) -> [Scalar] {
  let (x, gradient) = (x + [0], gradient + [0])
  var taps: [Scalar] = [0, 0, 0]
  for t in stride(from: 0, to: gradient.count - 1, by: 2) {
    let first = multiply(x[t] - x[t + 2], gradient[t])
    let sum = multiply(x[t + 1] + x[t + 2], gradient[t] + gradient[t + 1])
    let difference = multiply(x[t + 2] - x[t + 1], gradient[t] - gradient[t + 1])
    let last = multiply(x[t + 3] - x[t + 1], gradient[t + 1])
    taps[0] += first + half * (sum + difference)
    taps[1] += half * (sum - difference)
    taps[2] += half * (sum + difference) + last
  }
  return taps
}

enum DilationForgotten: RightCNN {
  static func fieldOfView(
    of windows: [RowWindow], on size: Int
  ) throws -> (outputs: Int, pixels: Int) {
    try RightCNNAnswers.fieldOfView(
      of: windows.map { ($0.size, $0.stride, 1, $0.padding) }, on: size)
  }
}

enum PaddingOnOneSide: RightCNN {
  static func fieldOfView(
    of windows: [RowWindow], on size: Int
  ) throws -> (outputs: Int, pixels: Int) {
    let right = try RightCNNAnswers.fieldOfView(of: windows, on: size)
    let outputs = windows.reduce(size) { size, window in
      (size + window.padding - (window.size - 1) * window.dilation - 1) / window.stride + 1
    }
    return (outputs, right.pixels)
  }
}

/// Adds the reaches of all windows as if every stride were 1.
enum StridesForgotten: RightCNN {
  static func fieldOfView(
    of windows: [RowWindow], on size: Int
  ) throws -> (outputs: Int, pixels: Int) {
    let right = try RightCNNAnswers.fieldOfView(of: windows, on: size)
    return (right.outputs, windows.reduce(1) { $0 + ($1.size - 1) * $1.dilation })
  }
}

enum LastShareOnly: RightCNN {
  static func averagePoolingBackward(
    _ gradient: [Scalar], size: Int, window: Int, stride: Int, padding: Int, countsPadding: Bool
  ) throws -> [Scalar] {
    var result = [Scalar](repeating: 0, count: size)
    for (output, gradient) in gradient.enumerated() {
      let first = output * stride - padding
      let pixels = max(0, first)..<min(size, first + window)
      for pixel in pixels {
        result[pixel] = gradient / Scalar(countsPadding ? window : pixels.count)
      }
    }
    return result
  }
}

/// Gives every pixel of a window all of the gradient.
enum GradientUndivided: RightCNN {
  static func averagePoolingBackward(
    _ gradient: [Scalar], size: Int, window: Int, stride: Int, padding: Int, countsPadding: Bool
  ) throws -> [Scalar] {
    try RightCNNAnswers.averagePoolingBackward(
      gradient.map { Scalar(window) * $0 }, size: size, window: window, stride: stride,
      padding: padding, countsPadding: true)
  }
}

enum PaddingAlwaysCounted: RightCNN {
  static func averagePoolingBackward(
    _ gradient: [Scalar], size: Int, window: Int, stride: Int, padding: Int, countsPadding: Bool
  ) throws -> [Scalar] {
    try RightCNNAnswers.averagePoolingBackward(
      gradient, size: size, window: window, stride: stride, padding: padding, countsPadding: true)
  }
}

enum PaddingNeverCounted: RightCNN {
  static func averagePoolingBackward(
    _ gradient: [Scalar], size: Int, window: Int, stride: Int, padding: Int, countsPadding: Bool
  ) throws -> [Scalar] {
    try RightCNNAnswers.averagePoolingBackward(
      gradient, size: size, window: window, stride: stride, padding: padding, countsPadding: false)
  }
}

/// Divides by the number in the corner, which may be 0.
enum CornerAsPivot: RightCNN {
  static func factors(
    of kernel: [Scalar], side: Int
  ) throws -> (column: [Scalar], row: [Scalar])? {
    let right = try RightCNNAnswers.factors(of: kernel, side: side)
    return right.map { _ in
      ((0..<side).map { kernel[$0 * side] / kernel[0] }, Array(kernel[..<side]))
    }
  }
}

/// Takes every kernel for a product of its first row that is not 0.
enum AlwaysSeparable: RightCNN {
  static func factors(
    of kernel: [Scalar], side: Int
  ) throws -> (column: [Scalar], row: [Scalar])? {
    let pivot = kernel.firstIndex { $0 != 0 } ?? 0
    let divisor = kernel[pivot] == 0 ? 1 : kernel[pivot]
    return (
      (0..<side).map { kernel[$0 * side + pivot % side] / divisor },
      (0..<side).map { kernel[pivot / side * side + $0] }
    )
  }
}

/// Takes the sums of rows and columns for the factors: right only where they are not 0.
enum SumsAsFactors: RightCNN {
  static func factors(
    of kernel: [Scalar], side: Int
  ) throws -> (column: [Scalar], row: [Scalar])? {
    guard try RightCNNAnswers.factors(of: kernel, side: side) != nil else { return nil }
    let total = kernel.reduce(0, +)
    return (
      (0..<side).map { i in (0..<side).reduce(0) { $0 + kernel[i * side + $1] } },
      (0..<side).map { j in (0..<side).reduce(0) { $0 + kernel[$1 * side + j] } / total }
    )
  }
}

enum EpsilonOutsideTheRoot: RightCNN {
  static func folded(
    weight: [Scalar], mean: [Scalar], variance: [Scalar], epsilon: Scalar, scale: [Scalar],
    shift: [Scalar]
  ) throws -> (weight: [Scalar], bias: [Scalar]) {
    let squares = variance.map { ($0.squareRoot() + epsilon) * ($0.squareRoot() + epsilon) }
    return try RightCNNAnswers.folded(
      weight: weight, mean: mean, variance: squares, epsilon: 0, scale: scale, shift: shift)
  }
}

/// Takes the weights of an output channel for neighbours in memory.
enum ChannelsFirst: RightCNN {
  static func folded(
    weight: [Scalar], mean: [Scalar], variance: [Scalar], epsilon: Scalar, scale: [Scalar],
    shift: [Scalar]
  ) throws -> (weight: [Scalar], bias: [Scalar]) {
    let length = weight.count / scale.count
    let bias = try RightCNNAnswers.folded(
      weight: weight, mean: mean, variance: variance, epsilon: epsilon, scale: scale, shift: shift
    ).bias
    let scaled = weight.enumerated().map { index, weight in
      let channel = index / length
      return weight * scale[channel] / (variance[channel] + epsilon).squareRoot()
    }
    return (scaled, bias)
  }
}

/// Subtracts the mean as it is, not scaled.
enum UnscaledMean: RightCNN {
  static func folded(
    weight: [Scalar], mean: [Scalar], variance: [Scalar], epsilon: Scalar, scale: [Scalar],
    shift: [Scalar]
  ) throws -> (weight: [Scalar], bias: [Scalar]) {
    let right = try RightCNNAnswers.folded(
      weight: weight, mean: mean, variance: variance, epsilon: epsilon, scale: scale, shift: shift)
    return (right.weight, zip(shift, mean).map { $0 - $1 })
  }
}

enum SixProducts: RightCNN {
  static func tapGradient(
    _ x: [Scalar], gradient: [Scalar], times multiply: (Scalar, Scalar) -> Scalar
  ) throws -> [Scalar] {
    (0..<3).map { tap in
      gradient.indices.reduce(0) { $0 + multiply(x[$1 + tap], gradient[$1]) }
    }
  }
}

enum ProductsOfTheirOwn: RightCNN {
  static func tapGradient(
    _ x: [Scalar], gradient: [Scalar], times multiply: (Scalar, Scalar) -> Scalar
  ) throws -> [Scalar] {
    try RightCNNAnswers.tapGradient(x, gradient: gradient) { $0 * $1 }
  }
}

enum HalfForgotten: RightCNN {
  static func tapGradient(
    _ x: [Scalar], gradient: [Scalar], times multiply: (Scalar, Scalar) -> Scalar
  ) throws -> [Scalar] {
    winogradTaps(x, gradient, half: 1, times: multiply)
  }
}

/// Leaves out the last of an odd number of outputs.
enum PairsOnly: RightCNN {
  static func tapGradient(
    _ x: [Scalar], gradient: [Scalar], times multiply: (Scalar, Scalar) -> Scalar
  ) throws -> [Scalar] {
    let pairs = gradient.count / 2 * 2
    return try RightCNNAnswers.tapGradient(
      Array(x[..<(pairs + 2)]), gradient: Array(gradient[..<pairs]), times: multiply)
  }
}

/// Both parts and their gradients, loop by loop; `turned` gives pixels the wrong tap.
private func separated(
  _ x: [Scalar], _ channels: Int, _ taps: [Scalar], _ points: [Scalar], _ gradient: [Scalar],
  turned: Bool
) -> (output: [Scalar], input: [Scalar], taps: [Scalar], points: [Scalar]) {
  let (kernel, outputs) = (taps.count / channels, points.count / channels)
  let places = x.count / channels - kernel + 1
  var output = gradient.map { _ in Scalar(0) }
  var (inputGradient, tapGradient) = (x.map { _ in Scalar(0) }, taps.map { _ in Scalar(0) })
  var pointGradient = points.map { _ in Scalar(0) }
  for t in 0..<places {
    for c in 0..<channels {
      let h = (0..<kernel).reduce(Scalar(0)) {
        $0 + x[(t + $1) * channels + c] * taps[$1 * channels + c]
      }
      var slope: Scalar = 0
      for o in 0..<outputs {
        output[t * outputs + o] += h * points[c * outputs + o]
        pointGradient[c * outputs + o] += h * gradient[t * outputs + o]
        slope += gradient[t * outputs + o] * points[c * outputs + o]
      }
      for i in 0..<kernel {
        let tap = turned ? kernel - 1 - i : i
        tapGradient[i * channels + c] += slope * x[(t + i) * channels + c]
        inputGradient[(t + i) * channels + c] += slope * taps[tap * channels + c]
      }
    }
  }
  return (output, inputGradient, tapGradient, pointGradient)
}

/// Counts a pooling's products as if it were a convolution that keeps the channels.
enum PoolingsCounted: RightCNN {
  static func cost(
    of layers: [StackedLayer], side: Int, channels: Int
  ) throws -> (multiplyAdds: Int, parameters: Int) {
    var current = channels
    return try RightCNNAnswers.cost(
      of: layers.map { layer in
        current = layer.channels ?? current
        return (layer.kernel, layer.stride, layer.padding, current)
      }, side: side, channels: channels)
  }
}

/// Forgets the biases, which are parameters but no products.
enum BiasesForgotten: RightCNN {
  static func cost(
    of layers: [StackedLayer], side: Int, channels: Int
  ) throws -> (multiplyAdds: Int, parameters: Int) {
    let right = try RightCNNAnswers.cost(of: layers, side: side, channels: channels)
    return (right.multiplyAdds, right.parameters - layers.reduce(0) { $0 + ($1.channels ?? 0) })
  }
}

/// Returns what the papers say of VGG-16, whatever it is asked.
enum VGGByHeart: RightCNN {
  static func cost(
    of layers: [StackedLayer], side: Int, channels: Int
  ) throws -> (multiplyAdds: Int, parameters: Int) { (15_346_630_656, 14_714_688) }
}

/// Uses the first channel's taps for every channel.
enum TapsShared: RightCNN {
  static func separable(
    _ x: [Scalar], channels: Int, taps: [Scalar], points: [Scalar], gradient: [Scalar]
  ) throws -> (output: [Scalar], input: [Scalar], taps: [Scalar], points: [Scalar]) {
    separated(
      x, channels, taps.indices.map { taps[$0 / channels * channels] }, points, gradient,
      turned: false)
  }
}

/// Gives pixels the taps in the order of the way forward where they come back in the other.
enum TapsNotTurned: RightCNN {
  static func separable(
    _ x: [Scalar], channels: Int, taps: [Scalar], points: [Scalar], gradient: [Scalar]
  ) throws -> (output: [Scalar], input: [Scalar], taps: [Scalar], points: [Scalar]) {
    separated(x, channels, taps, points, gradient, turned: true)
  }
}

/// Right forward, and no gradient.
enum ForwardOnly: RightCNN {
  static func separable(
    _ x: [Scalar], channels: Int, taps: [Scalar], points: [Scalar], gradient: [Scalar]
  ) throws -> (output: [Scalar], input: [Scalar], taps: [Scalar], points: [Scalar]) {
    let right = separated(x, channels, taps, points, gradient, turned: false)
    return (right.output, x.map { _ in 0 }, taps.map { _ in 0 }, points.map { _ in 0 })
  }
}
