import Foundation

/// Where a running program was built, and how to build its siblings in the same way.
package struct Toolchain {
  /// The folder of the built programs.
  package let products: URL

  /// Finds the folder from the place of a program, for example
  /// `.build/x86_64-unknown-linux-gnu/release/book`.
  package init(executable: URL) {
    products = executable.resolvingSymlinksInPath().deletingLastPathComponent()
  }

  /// What was built: `release` or `debug`.
  package var configuration: String { products.lastPathComponent }

  /// The folder of everything that builds have made.
  package var scratch: URL {
    products.deletingLastPathComponent().deletingLastPathComponent()
  }

  /// The words after `swift` that build chapters' notebooks; several are built together with all else,
  /// which is faster than one after the other.
  package func buildArguments(for chapters: [Chapter], in root: URL) -> [String] {
    let product = chapters.count == 1 ? ["--product", chapters[0].product] : []
    return [
      "build", "--package-path", root.path, "--scratch-path", scratch.path,
      "--configuration", configuration,
    ] + product
  }

  /// Builds chapters' notebooks; the compiler's own messages go to standard error.
  ///
  /// - Throws: `BuildFailure`.
  package func build(_ chapters: [Chapter], in root: URL) throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["swift"] + buildArguments(for: chapters, in: root)
    process.standardOutput = FileHandle.standardError
    try process.run()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw BuildFailure() }
  }
}

/// A build that failed.
package struct BuildFailure: LocalizedError {
  /// The line; the compiler has said more.
  package var errorDescription: String? { "the notebooks do not build" }
}
