import CNN
import KernelSupport

/// Chapter 4's resampling: a batch of digits for augmentation, and larger pictures in colour.
extension KernelCase {
  static var resampling: [KernelCase] {
    [
      affineCoordinates(batch: 64, side: 28),
      resample(batch: 64, side: 28, channels: 1),
      resample(batch: 16, side: 64, channels: 3),
    ]
  }

  private static func affineCoordinates(batch: Int, side: Int) -> KernelCase {
    let shape = ResamplingShape(ImageShape(batch: batch, height: side, width: side, channels: 1))
    return KernelCase(
      kernel: "affineCoordinates", shape: "\(batch)x\(side)x\(side)",
      cost: .memory(.update, elements: 2 * shape.places)
    ) {
      let maps = numbers(6 * batch)
      let displacement = numbers(2 * shape.places, stream: 2)
      // Coordinates are sums of two products below the side.
      var trial = KernelTrial(
        changing: [[Scalar]](repeating: numbers(shape.places), count: 2),
        tolerance: Tolerance.rounding(magnitude: 2 * Scalar(side))
      ) { kernels, arrays in
        var columns = arrays.removeLast()
        var rowSpan = arrays[0].mutableSpan
        var columnSpan = columns.mutableSpan
        kernels.resampling.affineCoordinates(
          maps.span, displacement: displacement.span, rows: &rowSpan, columns: &columnSpan, shape)
        arrays.append(columns)
      }
      trial.overwrites = true
      return trial
    }
  }

  /// Every result interpolates two pairs of pixels and between them: three times a difference and a
  /// product. Two coordinates, and a few pixels that its neighbours need too, are read for it.
  private static func resample(batch: Int, side: Int, channels: Int) -> KernelCase {
    let input = ImageShape(batch: batch, height: side, width: side, channels: channels)
    let shape = ResamplingShape(input)
    return KernelCase(
      kernel: "resample", shape: "\(batch)x\(side)x\(side)x\(channels)",
      cost: .memory(.combine, elements: shape.output.count)
    ) {
      let images = numbers(input.count)
      let rows = numbers(shape.places, in: 0..<Scalar(side), stream: 2)
      let columns = numbers(shape.places, in: 0..<Scalar(side), stream: 3)
      var trial = KernelTrial(
        changing: numbers(shape.output.count), tolerance: Tolerance.rounding(magnitude: 2)
      ) {
        $0.resampling.resample(
          images.span, rows: rows.span, columns: columns.span, into: &$1, shape)
      }
      trial.overwrites = true
      return trial
    }
  }
}
