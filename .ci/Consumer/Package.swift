// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "Consumer",
  platforms: [.macOS("26.0")],
  dependencies: [
    // The repository is named by `.ci/consumer`: a clone of this one, with a version tag.
    .package(url: Context.environment["NEURAL_NETWORKS"]!, from: "1.0.0")
  ],
  targets: [
    .executableTarget(
      name: "consumer",
      dependencies: [
        .product(name: "Optimizers", package: "NeuralNetworks"),
        .product(name: "Backprop", package: "NeuralNetworks"),
        .product(name: "KernelSupport", package: "NeuralNetworks"),
        .product(name: "Datasets", package: "NeuralNetworks"),
      ],
      swiftSettings: [.treatAllWarnings(as: .error)])
  ]
)
