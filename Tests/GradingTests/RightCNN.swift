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
