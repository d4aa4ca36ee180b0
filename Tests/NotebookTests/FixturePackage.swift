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
    products = folder.url.appending(path: "products")
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

  func run(_ task: Book.Task, dataFolder: String? = nil) throws -> [String] {
    let book = Book(
      chapters: try Chapter.all(in: folder.url), task: task, dataFolder: dataFolder,
      report: reports.add)
    return try book.run(products: products)
  }

  /// Starts `book` itself, of which the package gets a copy, so that it finds the fixture notebook among
  /// its siblings. A stand-in for `swift` notes what it is asked to build in the file `builds`.
  func startBook(_ arguments: [String] = []) throws -> Process {
    let files = FileManager.default
    let book = products.appending(path: "book")
    if !files.fileExists(atPath: book.path) {
      try files.copyItem(at: TestSupport.products.appending(path: "book"), to: book)
      try folder.write("#!/bin/sh\necho \"$@\" >> builds\n", to: "bin/swift")
      try files.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder.path("bin/swift"))
      try folder.write("", to: "Package.swift")
      try folder.write("", to: "temporary/place")
    }
    let process = Process()
    process.executableURL = book
    process.arguments = arguments
    process.currentDirectoryURL = folder.url
    process.environment = [
      "PATH": "\(folder.path("bin")):/usr/bin:/bin", "TMPDIR": folder.path("temporary"),
    ]
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
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
