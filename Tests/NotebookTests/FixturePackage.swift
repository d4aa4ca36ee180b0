import Foundation
import Notebook
import Synchronization
import TestSupport

/// A package whose one chapter is the fixture notebook.
struct FixturePackage {
  let folder = try! TemporaryFolder()
  let products: URL
  let reports = Reports()

  init(behaviour: String = "", document: String? = Self.document) throws {
    products = folder.url.appending(path: "build/host/debug")
    let source = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "FixtureNotebook/main.swift")
    try folder.write(
      String(contentsOf: source, encoding: .utf8), to: "Chapters/01-Fixture/main.swift")
    if let document { try folder.write(document, to: Self.readme) }
    try folder.write(behaviour, to: "behaviour")
    try FileManager.default.createDirectory(at: products, withIntermediateDirectories: true)
    try FileManager.default.createSymbolicLink(
      at: products.appending(path: "fixture"),
      withDestinationURL: TestSupport.products.appending(path: "FixtureNotebook"))
  }

  static let readme = "Chapters/01-Fixture/README.md"
  static let document = """
    # Fixture
    <!-- cell: first -->
    <!-- end -->
    <!-- cell: second -->
    <!-- end -->
    <!-- cell: third -->
    <!-- end -->

    """

  var durations: Durations { Durations(file: folder.url.appending(path: "durations.json")) }

  func run(
    _ task: Book.Task, dataFolder: String? = nil, until: String? = nil
  ) throws -> [String] {
    var book = Book(
      chapters: try Chapter.all(in: folder.url), task: task, dataFolder: dataFolder, until: until,
      durations: durations, report: reports.add)
    return try book.run(products: products)
  }

  /// Starts `book` itself, of which the package gets a copy, so that it finds the fixture notebook among
  /// its siblings. A stand-in for `swift` notes what it is asked to build in the file `builds`; what `book` says
  /// goes to the files `output` and `errors`.
  ///
  /// - Parameters:
  ///   - arguments: its command line.
  ///   - signal: the name of a signal that a shell lets it ignore; empty for none.
  ///   - place: the folder to start it in, or `nil` for the package's.
  func startBook(
    _ arguments: [String] = [], ignoring signal: String = "", from place: URL? = nil
  ) throws -> Process {
    let files = FileManager.default
    let book = products.appending(path: "book")
    if !files.fileExists(atPath: book.path) {
      // A process of its own copies: a child of another test would inherit the file while this process had it open
      // for writing, and what is open for writing cannot be run.
      let original = TestSupport.products.appending(path: "book")
      try Process.run(URL(filePath: "/bin/cp"), arguments: [original.path, book.path])
        .waitUntilExit()
      try folder.write("#!/bin/sh\necho \"$@\" >> builds\n", to: "bin/swift")
      try files.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder.path("bin/swift"))
      try folder.write("", to: "Package.swift")
      try folder.write("", to: "temporary/place")
    }
    let process = Process()
    process.executableURL = signal.isEmpty ? book : URL(fileURLWithPath: "/bin/sh")
    process.arguments =
      (signal.isEmpty ? [] : ["-c", "trap '' \(signal); exec \"$0\" \"$@\"", book.path]) + arguments
    process.currentDirectoryURL = place ?? folder.url
    process.environment = [
      "PATH": "\(folder.path("bin")):/usr/bin:/bin", "TMPDIR": folder.path("temporary"),
    ]
    for name in ["output", "errors"] { try folder.write("", to: name) }
    process.standardOutput = try FileHandle(forWritingTo: folder.url.appending(path: "output"))
    process.standardError = try FileHandle(forWritingTo: folder.url.appending(path: "errors"))
    try process.run()
    return process
  }

  /// The document, the figures and when each was written.
  func state() throws -> [String: Date?] {
    let names =
      try FileManager.default.subpathsOfDirectory(atPath: folder.path("Figures"))
      .map { "Figures/\($0)" } + [Self.readme]
    return try Dictionary(uniqueKeysWithValues: names.map { ($0, try folder.changeDate($0)) })
  }
}

final class Reports: Sendable {
  private let list = Mutex<[String]>([])
  var lines: [String] { list.withLock { $0 } }
  func add(_ line: String) { list.withLock { $0.append(line) } }
}
