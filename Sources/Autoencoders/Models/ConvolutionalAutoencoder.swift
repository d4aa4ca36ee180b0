import Backprop
import CNN
import GAN
import KernelSupport

extension Autoencoder {
  /// Creates an autoencoder whose outer layers look at windows of an image: convolutions of stride 2 halve it
  /// twice, two dense layers make the code, and the decoder goes the same way back.
  ///
  ///     s × s × 1 → s/2 × s/2 × c → s/4 × s/4 × 2c → hidden → code → hidden → s/4 × s/4 × 2c → … → s × s × 1
  ///
  /// Images come and go as rows, so that it stands wherever an autoencoder of dense layers does. On the way
  /// down a 3 × 3 window with a border of one halves an even side. On the way up windows are 4 × 4, twice the
  /// stride: every pixel is painted by four of them, and no chequered pattern is built in.
  ///
  /// - Parameters:
  ///   - side: s, the height and width of an image, a multiple of 4.
  ///   - channels: c, at least 1.
  ///   - hidden: the width of the dense layer between the channels and the code.
  ///   - code: how many numbers the code has.
  ///   - generator: where the random numbers come from.
  ///
  /// Source: Masci, Meier, Cireşan and Schmidhuber, "Stacked Convolutional Auto-Encoders for Hierarchical Feature
  /// Extraction", ICANN 2011; for the way up Odena, Dumoulin and Olah, "Deconvolution and Checkerboard
  /// Artifacts", Distill 2016.
  public static func convolutional(
    side: Int, channels: Int, hidden: Int, code: Int,
    using generator: inout some RandomNumberGenerator
  ) -> Autoencoder {
    precondition(
      side > 0 && side.isMultiple(of: 4),
      "Autoencoder.convolutional: images of \(side) × \(side), expected a multiple of 4")
    let (corner, inner) = (side / 4, 2 * channels)
    return Autoencoder(
      encoder: Sequential(
        Reshape([side, side, 1]),
        Conv2D(
          1, channels, kernel: 3, stride: 2, padding: .all(1), activation: .relu,
          using: &generator),
        Conv2D(
          channels, inner, kernel: 3, stride: 2, padding: .all(1), activation: .relu,
          using: &generator),
        Flatten(),
        Dense(corner * corner * inner, hidden, activation: .relu, using: &generator),
        Dense(hidden, code, using: &generator)),
      decoder: Sequential(
        Dense(code, hidden, activation: .relu, using: &generator),
        Dense(hidden, corner * corner * inner, activation: .relu, using: &generator),
        Reshape([corner, corner, inner]),
        ConvTranspose2D(
          inner, channels, kernel: 4, stride: 2, padding: .all(1), activation: .relu,
          using: &generator),
        ConvTranspose2D(channels, 1, kernel: 4, stride: 2, padding: .all(1), using: &generator),
        Flatten()))
  }
}
