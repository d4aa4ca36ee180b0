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

  /// The file with the chapters' durations.
  package var durations: URL { scratch.appending(path: "book-durations.json") }

  /// The words after `swift` that build a chapter's notebook, with what it imports and nothing else.
  package func buildArguments(for chapter: Chapter, in root: URL) -> [String] {
    [
      "build", "--package-path", root.path, "--scratch-path", scratch.path,
      "--configuration", configuration, "--product", chapter.product,
    ]
  }

  /// Builds chapters' notebooks and nothing else, so that a reader's unfinished exercises stop nobody; the
  /// compiler's own messages go to standard error.
  ///
  /// The last chapter comes first: it imports all others, whose modules are then compiled side by side.
  ///
  /// - Throws: `BuildFailure`, `Interrupted`.
  package func build(_ chapters: [Chapter], in root: URL) throws {
    for chapter in chapters.reversed() {
      let process = Process()
      process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
      process.arguments = ["swift"] + buildArguments(for: chapter, in: root)
      process.standardOutput = FileHandle.standardError
      try ChildProcess.run(process)
      guard process.terminationStatus == 0 else { throw BuildFailure() }
    }
  }
}

/// A build that failed.
package struct BuildFailure: LocalizedError {
  /// The line; the compiler has said more.
  package var errorDescription: String? { "the notebooks do not build" }
}
