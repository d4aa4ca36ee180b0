// swift-tools-version: 6.2
import Foundation
import PackageDescription

/// Whether another package depends on this one: SwiftPM and Xcode check dependencies out into a folder
/// of this name.
let isDependency =
  URL(fileURLWithPath: Context.packageDirectory).deletingLastPathComponent().lastPathComponent
  == "checkouts"

/// The rules of the whole book: memory-safe by default, and no warning survives. A newer compiler's
/// warnings are no reason for somebody else's build to fail.
let safe: [SwiftSetting] =
  [.strictMemorySafety()] + (isDependency ? [] : [.treatAllWarnings(as: .error)])

/// Kernels are optimised in debug builds too, so that `swift test` and a plain `swift run` stay usable.
///
/// Without fused multiply-add in the target every `addProduct` would be a call into the C library, a
/// hundred times slower. `ARCHITECTURE=x86-64-v3` builds for AVX2 instead of the host's own vectors, as it
/// is for other packages, whose programs may run elsewhere; where the host's are AVX-512's, the register
/// tile of products is twice as wide.
/// Nobody reads C's `errno` after a square root; where it need not be set, roots are taken in vectors.
#if arch(x86_64)
  let architecture =
    Context.environment["ARCHITECTURE"] ?? (isDependency ? "x86-64-v3" : "native")
  let processor = try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)
  let hasWideVectors = architecture == "native" && processor?.contains(" avx512f ") == true
  let optimized: [SwiftSetting] =
    [.unsafeFlags(["-O", "-Xcc", "-march=\(architecture)", "-Xcc", "-fno-math-errno"])]
    + (hasWideVectors ? [.define("AVX512")] : [])
#else
  let optimized: [SwiftSetting] = [.unsafeFlags(["-O", "-Xcc", "-fno-math-errno"])]
#endif
let kernels = safe + optimized

/// The chapters in reading order: a module imports those before it, never one that follows.
let chapters = [
  "Perceptrons", "Backprop", "Optimizers", "CNN", "RNN", "Attention", "Transformers", "GAN",
  "Autoencoders",
]

/// What other packages can import: each module alone, and all of them.
let modules = ["KernelSupport"] + chapters + ["Datasets"]

/// What every chapter consists of: its module, its notebook, its tests and its exercises.
func targets(ofChapter index: Int) -> [Target] {
  let name = chapters[index]
  let earlier = chapters[..<index].map { Target.Dependency.byName(name: $0) }
  return [
    .target(name: name, dependencies: ["KernelSupport"] + earlier, swiftSettings: kernels),
    .executableTarget(
      name: "\(name)Chapter",
      dependencies: ["KernelSupport", "Datasets", "Notebook", .byName(name: name)] + earlier,
      path: "Chapters/0\(index + 1)-\(name)",
      exclude: ["README.md", "Exercises.swift"],
      sources: ["main.swift"],
      swiftSettings: safe),
    .testTarget(
      name: "\(name)Tests",
      dependencies: ["KernelSupport", "Datasets", "TestSupport", .byName(name: name)] + earlier
        + (name == "Optimizers" ? ["FixtureTraining"] : []),
      exclude: ["Fixtures"],
      swiftSettings: safe),
    answers(ofChapter: index),
  ]
}

/// Where answers to the exercises are: beside the chapters, or where `grade --answers` has put a student's.
let answersFolder = Context.environment["ANSWERS_FOLDER"]

/// A reader's answers to the exercises of a chapter: no warning stops them, and nothing but the grader
/// depends on them. They see what is public in the modules that they import, and nothing else; they are
/// optimised as kernels are, for those that race one.
func answers(ofChapter index: Int) -> Target {
  .target(
    name: "\(chapters[index])Coursework",
    dependencies: ["KernelSupport", "Grading"],
    path: "\(answersFolder ?? "Chapters")/0\(index + 1)-\(chapters[index])",
    exclude: answersFolder == nil ? ["README.md", "main.swift"] : [],
    sources: ["Exercises.swift"],
    packageAccess: false,
    swiftSettings: optimized + [
      .strictMemorySafety(), .enableUpcomingFeature("MemberImportVisibility"),
      .treatWarning("StrictMemorySafety", as: .error),
    ])
}

let package = Package(
  name: "NeuralNetworks",
  platforms: [.macOS("26.0")],
  products: modules.map { .library(name: $0, targets: [$0]) } + [
    .library(name: "NeuralNetworks", targets: modules)
  ] + chapters.map { .executable(name: $0.lowercased(), targets: ["\($0)Chapter"]) } + [
    .executable(name: "book", targets: ["book"]),
    .executable(name: "bench", targets: ["bench"]),
    .executable(name: "grade", targets: ["grade"]),
  ],
  traits: [
    .trait(name: "Float64", description: "Computes in double precision, for sharp gradient checks.")
  ],
  targets: [
    .target(name: "KernelSupport", swiftSettings: kernels),
    .target(name: "Datasets", dependencies: ["KernelSupport"], swiftSettings: kernels),
    .target(name: "Notebook", dependencies: ["KernelSupport"], swiftSettings: safe),
    .executableTarget(
      name: "book", dependencies: ["KernelSupport", "Notebook"], swiftSettings: safe),
    .executableTarget(
      name: "bench",
      dependencies: ["KernelSupport", "Notebook"] + chapters.map { .byName(name: $0) },
      exclude: ["Peers"],
      swiftSettings: kernels),
    .testTarget(
      name: "BenchTests",
      dependencies: ["KernelSupport", "Backprop", "Notebook", "bench"],
      swiftSettings: safe),
    .target(
      name: "Grading",
      dependencies: ["KernelSupport", "Notebook"] + chapters.map { .byName(name: $0) },
      swiftSettings: safe),
    .executableTarget(
      name: "grade",
      dependencies: ["Notebook", "Grading"] + chapters.map { .byName(name: "\($0)Coursework") },
      swiftSettings: safe),
    .executableTarget(
      name: "FixtureCoursework", dependencies: ["KernelSupport", "Notebook", "Grading"],
      path: "Tests/FixtureCoursework", swiftSettings: safe),
    .testTarget(
      name: "GradingTests",
      dependencies: [
        "KernelSupport", "Perceptrons", "Backprop", "Notebook", "Grading", "FixtureCoursework",
      ],
      swiftSettings: safe),
    .target(
      name: "TestSupport", dependencies: ["KernelSupport", "Backprop"], path: "Tests/TestSupport",
      swiftSettings: safe),
    .testTarget(
      name: "KernelSupportTests", dependencies: ["KernelSupport", "TestSupport"],
      swiftSettings: safe),
    .testTarget(
      name: "DatasetsTests", dependencies: ["Datasets", "TestSupport"], swiftSettings: safe),
    .executableTarget(
      name: "FixtureNotebook", dependencies: ["KernelSupport", "Notebook"],
      path: "Tests/FixtureNotebook", swiftSettings: safe),
    .testTarget(
      name: "NotebookTests",
      dependencies: ["KernelSupport", "Notebook", "FixtureNotebook", "TestSupport", "book"],
      swiftSettings: safe),
    .executableTarget(
      name: "FixtureTraining", dependencies: ["KernelSupport", "Backprop", "Optimizers"],
      path: "Tests/FixtureTraining", swiftSettings: safe),
  ] + chapters.indices.flatMap(targets)
)
