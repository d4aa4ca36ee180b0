import KernelSupport

/// How the weights of a layer are drawn before training.
///
/// A weight's fan-in is how many inputs an output adds up, its fan-out how many outputs an input goes
/// to: for a shape […, in, out], everything but `out`, and everything but `in`. Chapter 2 derives the
/// scales, chapter 3 shows what goes wrong without them.
public enum Initializer: Sendable {
  /// All weights 0.
  case zeros
  /// Normal with mean 0 and the given standard deviation.
  case gaussian(standardDeviation: Scalar)
  /// Normal with variance 2 / (fan-in + fan-out): keeps signals and gradients in scale through tanh.
  ///
  /// Source: Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural
  /// networks", AISTATS 2010, equation 12.
  case xavier
  /// Uniform with the same variance, in ±√(6 / (fan-in + fan-out)): Keras's default.
  ///
  /// Source: Glorot and Bengio, 2010, equation 16.
  case xavierUniform
  /// Normal with variance 2 / fan-in: keeps signals in scale through ReLU, which drops half of them.
  ///
  /// Source: He, Zhang, Ren and Sun, "Delving Deep into Rectifiers", ICCV 2015, equation 10.
  case he

  /// Draws a tensor.
  ///
  /// - Parameters:
  ///   - shape: […, in, out]; a shape of one dimension has fan-in 1.
  ///   - generator: where the random numbers come from.
  public func tensor(
    shape: [Int], using generator: inout some RandomNumberGenerator
  ) -> Tensor {
    let count = shape.reduce(1, *)
    let fanIn = Scalar(shape.dropLast().reduce(1, *))
    let fanOut = Scalar(shape.dropLast(2).reduce(1, *) * (shape.last ?? 1))
    switch self {
    case .zeros:
      return Tensor(shape: shape)
    case .gaussian(let standardDeviation):
      return Self.normal(standardDeviation, count, shape, &generator)
    case .xavier:
      return Self.normal((2 / (fanIn + fanOut)).squareRoot(), count, shape, &generator)
    case .xavierUniform:
      let limit = (6 / (fanIn + fanOut)).squareRoot()
      return Tensor((0..<count).map { _ in generator.uniform(in: -limit..<limit) }, shape: shape)
    case .he:
      return Self.normal((2 / fanIn).squareRoot(), count, shape, &generator)
    }
  }

  private static func normal(
    _ standardDeviation: Scalar, _ count: Int, _ shape: [Int],
    _ generator: inout some RandomNumberGenerator
  ) -> Tensor {
    Tensor((0..<count).map { _ in standardDeviation * generator.normal() }, shape: shape)
  }
}
