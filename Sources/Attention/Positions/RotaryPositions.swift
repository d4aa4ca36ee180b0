import Backprop
import KernelSupport

/// Rotary positions: queries and keys are turned by their positions, so that a score depends on how far apart the two
/// stand, and on nothing else about where.
///
///     (R_i q) · (R_j k) = q · R_{j − i} k
///
/// R_t turns pair c of a head's columns by θ(t, c) = t · 10000^{−2c / width}. Position 0 is left as it is. Nothing is
/// learned, and nothing is added to what the values hold.
///
/// Source: Su et al., "RoFormer", 2021.
public struct RotaryPositions: Sendable, Hashable {
  /// What frequencies are divided by over all columns: 10000.
  public let base: Scalar
  /// Which columns of a head make a pair.
  public let pairing: PositionPairing

  /// Creates positions.
  ///
  /// - Parameters:
  ///   - base: the largest wavelength over 2π, nearly; above 1.
  ///   - pairing: which columns of a head make a pair; to load another model's weights, its own.
  public init(base: Scalar = 10_000, pairing: PositionPairing = .neighbours) {
    precondition(base > 1, "RotaryPositions: a base of \(base), expected one above 1")
    self.base = base
    self.pairing = pairing
  }
}

extension Variable {
  /// Queries or keys turned by their positions.
  ///
  /// - Parameters:
  ///   - positions: how.
  ///   - width: the width of a head, even.
  ///   - columns: how many columns of every row are turned, from the first on; nil for all. Of q | k | v side by
  ///     side the first two thirds are.
  ///   - start: the position of the first of each sequence: how many a cache holds already.
  /// - Returns: this variable's shape, [batch, time, columns].
  public func rotated(
    _ positions: RotaryPositions, width: Int, columns: Int? = nil, from start: Int = 0
  ) -> Variable {
    let shape = value.shape
    precondition(
      shape.count == 3, "rotated: a tensor of shape \(shape), expected [batch, time, columns]")
    let rotary = RotaryShape(
      time: shape[1], rowWidth: shape[2], columns: columns ?? shape[2], width: width,
      pairing: positions.pairing)
    let (sines, cosines) = waves(start..<start + shape[1], width: width, base: positions.base)
    let kernels = Backend.current.rotary
    var output = value
    output.update {
      kernels.rotate(&$0, rotary, cosines: cosines.span, sines: sines.span, backwards: false)
    }
    return Variable(output, from: [self]) { [self] gradient in
      gradient.update {
        kernels.rotate(&$0, rotary, cosines: cosines.span, sines: sines.span, backwards: true)
      }
      addGradient(gradient)
    }
  }
}
