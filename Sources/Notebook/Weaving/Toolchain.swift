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

  /// The words after `swift` that build a chapter's notebook, with what it imports and nothing else; without a
  /// chapter, those that build all of the package.
  package func buildArguments(for chapter: Chapter?, in root: URL) -> [String] {
    [
      "build", "--package-path", root.path, "--scratch-path", scratch.path,
      "--configuration", configuration,
    ] + (chapter.map { ["--product", $0.product] } ?? [])
  }

  /// Builds chapters' notebooks; the compiler's own messages go to standard error.
  ///
  /// For many of them the whole package is built, since its targets are compiled side by side. Where that fails,
  /// perhaps because of a reader's unfinished exercise, the notebooks are built one by one and nothing else. The
  /// last chapter comes first: it imports all others.
  ///
  /// - Throws: `BuildFailure`, `Interrupted`.
  package func build(_ chapters: [Chapter], in root: URL) throws {
    if chapters.count > 2, try build(nil, in: root) { return }
    for chapter in chapters.reversed() {
      guard try build(chapter, in: root) else { throw BuildFailure() }
    }
  }

  /// Builds one notebook or everything, and tells whether that went well.
  private func build(_ chapter: Chapter?, in root: URL) throws -> Bool {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["swift"] + buildArguments(for: chapter, in: root)
    process.standardOutput = FileHandle.standardError
    try ChildProcess.run(process)
    return process.terminationStatus == 0
  }
}

/// A build that failed.
package struct BuildFailure: LocalizedError {
  /// The line; the compiler has said more.
  package var errorDescription: String? { "the notebooks do not build" }
}
