import Backprop
import Foundation
import Grading
import KernelSupport

/// Right answers to chapter 2; a wrong one replaces a single function.
protocol RightBackprop: BackpropExercises {}

extension RightBackprop {
  static func lossAndGradients(
    of network: TwoLayers, input: [[Double]], target: [[Double]]
  ) throws -> (loss: Double, gradients: TwoLayers) {
    let (w, v) = (network.hiddenWeight, network.outputWeight)
    var gradients = TwoLayers(
      hiddenWeight: w.map { $0.map { _ in 0 } }, hiddenBias: network.hiddenBias.map { _ in 0 },
      outputWeight: v.map { $0.map { _ in 0 } }, outputBias: network.outputBias.map { _ in 0 })
    var loss = 0.0
    for (x, t) in zip(input, target) {
      let h = network.hiddenBias.indices.map { j in
        tanh(x.indices.reduce(network.hiddenBias[j]) { $0 + x[$1] * w[$1][j] })
      }
      var upstream = h.map { _ in 0.0 }
      for k in t.indices {
        let y = h.indices.reduce(network.outputBias[k]) { $0 + h[$1] * v[$1][k] }
        let error = (y - t[k]) / Double(input.count)
        loss += error * (y - t[k]) / 2
        gradients.outputBias[k] += error
        for j in h.indices {
          gradients.outputWeight[j][k] += h[j] * error
          upstream[j] += v[j][k] * error
        }
      }
      for j in h.indices {
        let delta = upstream[j] * (1 - h[j] * h[j])
        gradients.hiddenBias[j] += delta
        for i in x.indices { gradients.hiddenWeight[i][j] += x[i] * delta }
      }
    }
    return (loss, gradients)
  }

  static func softmaxCrossEntropy(
    _ logits: [[Double]], labels: [Int]
  ) throws -> (loss: Double, gradient: [[Double]]) {
    var loss = 0.0
    let gradient = zip(logits, labels).map { row, label in
      let largest = row.max() ?? 0
      let exponentials = row.map { exp($0 - largest) }
      let sum = exponentials.reduce(0, +)
      loss += log(sum) + largest - row[label]
      return row.indices.map {
        (exponentials[$0] / sum - ($0 == label ? 1 : 0)) / Double(logits.count)
      }
    }
    return (loss / Double(logits.count), gradient)
  }

  static func gradients(of tape: [TapeOperation]) throws -> [Double] {
    var values: [Double] = []
    for operation in tape {
      switch operation {
      case .leaf(let value): values.append(value)
      case .add(let a, let b): values.append(values[a] + values[b])
      case .multiply(let a, let b): values.append(values[a] * values[b])
      case .sigmoid(let a): values.append(1 / (1 + exp(-values[a])))
      }
    }
    var gradients = tape.map { _ in 0.0 }
    gradients[tape.count - 1] = 1
    for (position, operation) in tape.enumerated().reversed() {
      let gradient = gradients[position]
      switch operation {
      case .leaf: break
      case .add(let a, let b):
        gradients[a] += gradient
        gradients[b] += gradient
      case .multiply(let a, let b):
        gradients[a] += gradient * values[b]
        gradients[b] += gradient * values[a]
      case .sigmoid(let a):
        gradients[a] += gradient * values[position] * (1 - values[position])
      }
    }
    return gradients
  }

  static func productPullback(
    x: Double, y: Double, upstream: Double
  ) throws -> (x: Double, y: Double) { (upstream * y, upstream * x) }

  static func quotientPullback(
    x: Double, y: Double, upstream: Double
  ) throws -> (x: Double, y: Double) { (upstream / y, -upstream * x / (y * y)) }

  static func meanPullback(count: Int, upstream: Double) throws -> [Double] {
    [Double](repeating: upstream / Double(count), count: count)
  }

  static func addingRowPullback(
    upstream: [[Double]]
  ) throws -> (x: [[Double]], row: [Double]) {
    (upstream, upstream[0].indices.map { j in upstream.reduce(0) { $0 + $1[j] } })
  }

  static func softmaxPullback(output: [Double], upstream: [Double]) throws -> [Double] {
    let mean = zip(output, upstream).reduce(0) { $0 + $1.0 * $1.1 }
    return zip(output, upstream).map { $0 * ($1 - mean) }
  }

  static func slope(of f: (Double) -> Double, at x: Double, step h: Double) throws -> Double {
    func change(_ distance: Double) -> Double { f(x + distance) - f(x - distance) }
    return (45 * change(h) - 9 * change(2 * h) + change(3 * h)) / (60 * h)
  }

  static func leakyVariance(inputs: Int, slope: Double) throws -> Double {
    2 / ((1 + slope * slope) * Double(inputs))
  }

  static func fastProduct(
    _ a: [Scalar], _ b: [Scalar], rows: Int, columns: Int, inner: Int
  ) throws -> [Scalar] {
    product(Fast.self, a, b, rows: rows, columns: columns, inner: inner)
  }
}

/// On one thread: other tests run beside this one.
func product(
  _ kernels: any MatrixKernels.Type, _ a: [Scalar], _ b: [Scalar], rows: Int, columns: Int,
  inner: Int
) -> [Scalar] {
  var result = [Scalar](repeating: 0, count: rows * columns)
  var span = result.mutableSpan
  Threads.$count.withValue(1) {
    kernels.matrixProduct(
      a.span, b.span, into: &span,
      MatrixProductShape(rows: rows, columns: columns, inner: inner), accumulating: false)
  }
  return result
}

enum RightBackpropAnswers: RightBackprop {}
