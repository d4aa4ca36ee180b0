import Foundation
import KernelSupport
import Notebook

/// Builds the grader with somebody else's answers in it, apart from the reader's own.
///
/// The manifest finds answers in the folder that `ANSWERS_FOLDER` names. All else is compiled once and
/// kept, so that a student's turn takes seconds.
struct AnswerBuild {
  /// The top folder of the package.
  let root: URL

  /// From the root: where the answers are put, and where everything is built.
  private static let (answers, scratch) = (".build/answers/Chapters", ".build/answers/build")

  /// How long a build may take: the first one compiles the book.
  private static let timeLimit = 1200.0

  /// Builds the grader.
  ///
  /// - Returns: the program.
  /// - Throws: `AnswerFault` with the compiler's first error; `WriteError`.
  func program(_ source: AnswerSource, _ chapter: String) throws -> URL {
    for other in try Chapter.all(in: root) {
      let place = "\(Self.answers)/\(other.name)/Exercises.swift"
      let own = root.appending(path: "Chapters/\(other.name)/Exercises.swift")
      let text = other.product == chapter ? Data(source.text.utf8) : try Data(contentsOf: own)
      try writeWhole(text, to: root.appending(path: place))
    }
    let log = root.appending(path: "\(Self.scratch).log")
    try writeWhole(Data(), to: log)
    let status = try build(log)
    guard status == 0 else {
      let output = try String(contentsOf: log, encoding: .utf8)
      throw AnswerFault(compilerError(in: output) ?? "does not build, see \(log.path)")
    }
    return root.appending(path: "\(Self.scratch)/debug/grade")
  }

  /// Runs the build and returns its exit status.
  private func build(_ log: URL) throws -> Int32 {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [
      "swift", "build", "--package-path", root.path, "--scratch-path",
      root.appending(path: Self.scratch).path, "--product", "grade",
    ]
    process.environment = ProcessInfo.processInfo.environment
      .merging(["ANSWERS_FOLDER": Self.answers]) { $1 }
    process.standardOutput = try FileHandle(forWritingTo: log)
    process.standardError = process.standardOutput
    let ended = DispatchSemaphore(value: 0)
    process.terminationHandler = { _ in ended.signal() }
    try process.run()
    if ended.wait(timeout: .now() + Self.timeLimit) != .success {
      // SwiftPM ends its compilers with itself.
      process.terminate()
      ended.wait()
    }
    return process.terminationStatus
  }
}

/// The first error in answers that a compiler has reported, with the file's name and the line.
func compilerError(in output: String) -> String? {
  output.firstMatch(of: /Exercises\.swift:(\d+):\d+: error: ([^\n]+)/)
    .map { "does not compile: Exercises.swift:\($0.1): \($0.2)" }
}
