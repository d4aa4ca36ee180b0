import KernelSupport
import Transformers

/// The kernels of chapter 7, at the sizes of its GPT: 768 positions of 128, feed-forward layers of 512.
extension KernelCase {
  static var layers: [KernelCase] {
    [
      layerNormalization, layerNormalizationBackward, biasRows,
      combine("geluInto", magnitude: 4) { $0.layers.gelu($1, into: &$2) },
      combine("geluSlopes", magnitude: 4) { $0.layers.geluSlopes($1, gradient: &$2) },
      update("exactGELU") { $0.layers.exactGELU(&$1) },
      combine("exactGELUBackward") { $0.layers.exactGELUBackward(input: $1, gradient: &$2) },
    ]
  }

  private static let (rows, columns) = (768, 128)

  private static var layerNormalization: KernelCase {
    KernelCase(
      kernel: "layerNormalization", shape: "\(rows)×\(columns)",
      cost: .memory(.update, elements: rows * columns)
    ) {
      let x = numbers(rows * columns, stream: 2)
      let (scale, shift) = (numbers(columns, stream: 3), numbers(columns, stream: 4))
      var trial = KernelTrial(
        changing: numbers(rows * columns), tolerance: Tolerance.rounding(magnitude: 8)
      ) { kernels, y in
        kernels.layers.layerNormalization(
          x.span, scale: scale.span, shift: shift.span, epsilon: 1e-5, into: &y)
      }
      trial.overwrites = true
      return trial
    }
  }

  private static var layerNormalizationBackward: KernelCase {
    KernelCase(
      kernel: "layerNormalizationBackward", shape: "\(rows)×\(columns)",
      cost: .memory(.combine, elements: rows * columns)
    ) {
      let (x, scale) = (numbers(rows * columns, stream: 2), numbers(columns, stream: 3))
      return KernelTrial(
        changing: [numbers(rows * columns), numbers(columns), numbers(columns)],
        tolerance: Tolerance.mean(of: rows, magnitude: Scalar(rows))
      ) { kernels, arrays in
        var shift = arrays.removeLast()
        var scales = arrays.removeLast()
        var gradient = arrays[0].mutableSpan
        var scaleSpan = scales.mutableSpan
        var shiftSpan = shift.mutableSpan
        kernels.layers.layerNormalizationBackward(
          x.span, scale: scale.span, epsilon: 1e-5, gradient: &gradient,
          scaleGradient: &scaleSpan, shiftGradient: &shiftSpan)
        arrays.append(scales)
        arrays.append(shift)
      }
    }
  }

  private static var biasRows: KernelCase {
    KernelCase(
      kernel: "biasRows", shape: "\(rows)×\(columns)",
      cost: .memory(.update, elements: rows * columns)
    ) {
      let (bias, residual) = (numbers(columns, stream: 2), numbers(rows * columns, stream: 3))
      var trial = KernelTrial(
        changing: numbers(rows * columns), tolerance: Tolerance.rounding(magnitude: 2)
      ) { kernels, y in
        kernels.layers.biasRows(bias.span, adding: residual.span, into: &y)
      }
      trial.overwrites = true
      return trial
    }
  }
}
