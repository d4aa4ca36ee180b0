import Backprop
import CNN
import KernelSupport
import Optimizers

/// The image networks of chapter 4, with the optimizer that the peers train them with.
extension TrainingModel {
  /// 32-64-64 convolutions of 3×3, dense64, dense10.
  static var cnn: TrainingModel {
    classifier("cnn", image: [28, 28, 1], batch: 64, "Adam", Adam()) {
      ImageNetworks.threeConvolutions(using: &$0)
    }
  }

  /// Fourteen layers, 16-32-64 channels, batch normalisation.
  static var resnet: TrainingModel {
    classifier("resnet", image: [28, 28, 1], batch: 64, "Adam", Adam()) {
      ImageNetworks.resNet14(using: &$0)
    }
  }
}
