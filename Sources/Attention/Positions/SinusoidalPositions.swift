import Backprop
import KernelSupport

/// Which columns of a vector make a pair that a position turns together.
///
/// Both are in use, and a mix-up shows in no shape: it makes fluent nonsense of another model's weights.
public enum PositionPairing: String, CaseIterable, Sendable {
  /// Columns 2c and 2c + 1: the papers' own layout, Meta's and GPT-J's.
  case neighbours
  /// Columns c and c + width / 2: GPT-NeoX's, and of the transformers library.
  case halves

  /// The two columns of a pair.
  ///
  /// - Parameters:
  ///   - pair: its number, below width / 2.
  ///   - width: how many columns there are.
  func columns(_ pair: Int, width: Int) -> (first: Int, second: Int) {
    self == .neighbours ? (2 * pair, 2 * pair + 1) : (pair, pair + width / 2)
  }
}

/// The angle between one position and the next, of every pair: one radian for the first, and slower and slower.
///
///     ω_c = base^{−2c / width} = r^{−c},   r^{width / 2} = base,   c = 0 ... width / 2 − 1
///
/// In double precision, since the angle of position 8192 is needed modulo 2π; and with products only, since the C
/// library's power differs from system to system in the last bit. The root r is found by halving.
private func angularSteps(width: Int, base: Double) -> [Double] {
  let pairs = width / 2
  func power(_ x: Double) -> Double { (0..<pairs).reduce(1) { product, _ in product * x } }
  var (low, high) = (1.0, base)
  while true {
    let middle = low + (high - low) / 2
    guard middle > low && middle < high else { break }
    if power(middle) <= base { low = middle } else { high = middle }
  }
  var steps = [1.0]
  while steps.count < pairs { steps.append(steps[steps.count - 1] / low) }
  return steps
}

/// Fixed positions: sines and cosines of rising wavelengths, which are added to what stands at a position.
///
///     P[t, 2c] = sin θ(t, c),   P[t, 2c + 1] = cos θ(t, c),   θ(t, c) = t · 10000^{−2c / width}
///
/// Columns 2c and 2c + 1 share a frequency: the exponent goes up with ⌊column / 2⌋. The vector of a position further
/// on is a rotation of it that depends on the distance alone.
///
/// Source: Vaswani et al., 2017, section 3.5.
public struct SinusoidalPositions: PhaselessLayer {
  /// The length of a vector.
  public let width: Int
  /// What one step along the columns divides frequencies by, over all of them: 10000.
  public let base: Scalar
  /// Which columns share a frequency.
  public let pairing: PositionPairing

  /// Creates positions.
  ///
  /// - Parameters:
  ///   - width: the length of a vector, even.
  ///   - base: the largest wavelength over 2π, nearly; above 1.
  ///   - pairing: which columns share a frequency.
  public init(_ width: Int, base: Scalar = 10_000, pairing: PositionPairing = .neighbours) {
    precondition(
      width >= 2 && width.isMultiple(of: 2) && base > 1,
      "SinusoidalPositions: a width of \(width), expected an even one, and a base of \(base)")
    self.width = width
    self.base = base
    self.pairing = pairing
  }

  /// The vectors of some positions, [count, width].
  ///
  /// - Parameter positions: their numbers, from 0 on.
  public func table(_ positions: Range<Int>) -> Tensor {
    let (sines, cosines) = waves(positions, width: width, base: base)
    var elements = [Scalar](repeating: 0, count: positions.count * width)
    for t in 0..<positions.count {
      for pair in 0..<width / 2 {
        let columns = pairing.columns(pair, width: width)
        elements[t * width + columns.first] = sines[t * (width / 2) + pair]
        elements[t * width + columns.second] = cosines[t * (width / 2) + pair]
      }
    }
    return Tensor(elements, shape: [positions.count, width])
  }

  /// The input with its positions added.
  ///
  /// - Parameter input: x, [batch, time, width], the first of each sequence at position 0.
  /// - Returns: y, of the input's shape.
  public func callAsFunction(_ input: Variable) -> Variable { self(input, from: 0) }

  /// The input with its positions added.
  ///
  /// - Parameters:
  ///   - input: x, [batch, time, width].
  ///   - start: the position of the first of each sequence.
  /// - Returns: y, of the input's shape.
  public func callAsFunction(_ input: Variable, from start: Int) -> Variable {
    let shape = input.value.shape
    precondition(
      shape.count == 3 && shape[2] == width,
      "SinusoidalPositions: an input of shape \(shape), expected [batch, time, \(width)]")
    return input + Variable(table(start..<start + shape[1])).broadcast(to: shape)
  }
}

/// Sines and cosines of the angles of some positions, each [positions, width / 2].
func waves(
  _ positions: Range<Int>, width: Int, base: Scalar
) -> (sines: [Scalar], cosines: [Scalar]) {
  var sines: [Scalar] = []
  var cosines: [Scalar] = []
  let steps = angularSteps(width: width, base: Double(base))
  for t in positions {
    for pair in 0..<width / 2 {
      let angle = Double(t) * steps[pair]
      let turns = (angle / (2 * .pi)).rounded()
      let rest = Scalar(angle - turns * 2 * .pi)
      sines.append(Scalar.sin(rest))
      cosines.append(Scalar.cos(rest))
    }
  }
  return (sines, cosines)
}
