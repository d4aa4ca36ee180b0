import Backprop
import CNN
import KernelSupport

/// Two networks that meet in a narrow place: an encoder makes a code of the data, a decoder makes the data of
/// the code.
///
///     code = f(x),   x̂ = g(code)
///
/// Source: Rumelhart, Hinton and Williams, 1986; Hinton and Salakhutdinov, "Reducing the Dimensionality of Data
/// with Neural Networks", Science 313, 2006.
public struct Autoencoder: Layer {
  /// f.
  public let encoder: Sequential
  /// g.
  public let decoder: Sequential

  /// Creates an autoencoder of two networks.
  public init(encoder: Sequential, decoder: Sequential) {
    self.encoder = encoder
    self.decoder = decoder
  }

  /// Creates an autoencoder of dense layers, the decoder's widths being the encoder's backwards.
  ///
  /// - Parameters:
  ///   - widths: from the data to the code, at least two.
  ///   - activation: what the hidden layers apply; the code and the output are linear.
  ///   - code: what the code's layer applies.
  ///   - output: what the last layer applies.
  ///   - generator: where the random numbers come from.
  public init(
    _ widths: [Int], activation: Activation = .relu, code: Activation = .linear,
    output: Activation = .linear, using generator: inout some RandomNumberGenerator
  ) {
    precondition(widths.count >= 2, "Autoencoder: widths \(widths), expected at least two")
    encoder = denseLayers(widths, activation, last: code, using: &generator)
    decoder = denseLayers(widths.reversed(), activation, last: output, using: &generator)
  }

  /// x̂.
  ///
  /// - Parameters:
  ///   - input: x.
  ///   - phase: what the networks are run for.
  public func callAsFunction(_ input: Variable, _ phase: Phase) -> Variable {
    decoder(encoder(input, phase.part(0)), phase.part(1))
  }

  /// x̂, of networks that do the same in every phase.
  ///
  /// - Parameter input: x.
  public func callAsFunction(_ input: Variable) -> Variable { decoder(encoder(input)) }
}
