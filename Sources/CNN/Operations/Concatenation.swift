import Backprop
import KernelSupport

extension Variable {
  /// Variables side by side along the last dimension: the channels of images, one after the other's.
  ///
  ///     y[…, j] = x₀[…, j] for j < columns of x₀,  x₁[…, j − columns of x₀] after them, and so on
  ///
  /// - Parameter parts: x₀, x₁, …: at least one, of shapes that differ at most in the last dimension.
  public static func concatenation(of parts: [Variable]) -> Variable {
    let leading = parts.first?.value.shape.dropLast() ?? []
    precondition(
      !parts.isEmpty && parts.allSatisfy { $0.value.shape.dropLast() == leading },
      "concatenation: shapes \(parts.map(\.value.shape)), which may differ in the last dimension only"
    )
    var width = 0
    let firsts = parts.map { part in
      defer { width += part.value.columns }
      return width
    }
    var y = Tensor(shape: leading + [width])
    for (part, first) in zip(parts, firsts) {
      let (elements, count) = (part.value.elements, part.value.columns)
      y.update {
        Backend.current.columns.putColumns(
          elements.span, count: count, into: &$0, width: width, at: first)
      }
    }
    return Variable(y, from: parts) { [width] gradient in
      let upstream = gradient.elements
      for (part, first) in zip(parts, firsts) {
        part.accumulateGradient {
          Backend.current.columns.takeColumns(
            upstream.span, width: width, at: first, into: &$0, count: part.value.columns,
            accumulating: $1)
        }
      }
    }
  }
}
