import Foundation
import TestSupport
import Testing

/// `book` run as the process that a reader starts.
@Suite struct BookProcessTests {
  @Test func `only the notebooks are built`() throws {
    let package = try FixturePackage()
    let book = try package.startBook()
    book.waitUntilExit()
    #expect(book.terminationStatus == 0)
    let builds = try #require(package.folder.text("builds")).split(separator: "\n")
    #expect(builds.count == 1)
    #expect(builds.allSatisfy { $0.hasPrefix("build ") && $0.hasSuffix(" --product fixture") })
  }

  @Test func `the package is found from any folder`() throws {
    let package = try FixturePackage()
    let elsewhere = try TemporaryFolder()
    let book = try package.startBook(from: elsewhere.url)
    book.waitUntilExit()
    #expect(book.terminationStatus == 0)
    #expect(package.folder.text("Figures/01-Fixture/curve.svg") != nil)
  }

  @Test func `one chapter is woven up to a cell, and the rest stays as it is`() throws {
    let package = try FixturePackage()
    try package.folder.write("stale", to: "Figures/01-Fixture/old.svg")
    let book = try package.startBook(["fixture", "--until", "second"])
    book.waitUntilExit()
    #expect(book.terminationStatus == 0)
    let text = try #require(package.folder.text(FixturePackage.readme))
    #expect(text.contains("total 10 share 0.12345") && text.contains("fixture_value: 0.5"))
    #expect(text.hasSuffix("<!-- cell: third -->\n<!-- end -->\n"))
    #expect(package.folder.text("Figures/01-Fixture/old.svg") == "stale")
    #expect(package.folder.text("Figures/01-Fixture/curve.svg") == nil)
  }

  @Test func `chapters are listed with the time that each took`() throws {
    let package = try FixturePackage()
    #expect(try said(by: package, ["--list"]) == "fixture: not run yet\n")
    try run(package)
    #expect(try said(by: package, ["--list"]).wholeMatch(of: /fixture: \d+\.\d s\n/) != nil)
  }

  @Test(arguments: [
    (["--wrong"], 64, "--wrong: unknown option"),
    (["--check", "--check"], 64, "--check: given twice"),
    (["--check=yes"], 64, "--check: takes no value"),
    (["--data"], 64, "--data: a value is missing; expected --data DIR"),
    (["--data", "--check"], 64, "--data: a value is missing"),
    (["--data", "nowhere"], 66, "nowhere: does not exist; expected the folder"),
    (["--data", "Package.swift"], 66, "Package.swift: is no folder; expected the folder"),
    (["fixtures"], 64, "'fixtures': there is no such chapter; expected one of fixture"),
    (["fixture", "--until", "fourth"], 64, "--until: there is no cell 'fourth' in 01-Fixture"),
    (["--until"], 64, "--until: a value is missing"),
  ])
  func `a wrong command line is one line, and nothing is built`(
    arguments: [String], status: Int32, line: String
  ) throws {
    let package = try FixturePackage()
    let book = try package.startBook(arguments)
    book.waitUntilExit()
    #expect(book.terminationStatus == status)
    let errors = try #require(package.folder.text("errors"))
    #expect(errors.hasPrefix("book: \(line)"), "\(errors)")
    #expect(errors.split(separator: "\n").count == 1)
    #expect(package.folder.text("builds") == nil)
  }

  /// Half of the kills are spread over a whole run; the other half come right after the first figure or
  /// document has changed, when the next one is about to.
  @Test func `killed at any moment it leaves every document and figure old or new`() throws {
    let package = try FixturePackage()
    try run(package)
    let new = try Outputs(of: package)
    let old = Outputs.old
    try old.write(to: package)
    let time = try ContinuousClock().measure { try run(package) } / .seconds(1)
    var changed = 0
    for attempt in 0..<40 {
      try old.write(to: package)
      let book = try package.startBook()
      if attempt.isMultiple(of: 2) {
        Thread.sleep(forTimeInterval: time * Double(attempt) / 40)
      } else {
        while book.isRunning, try Outputs(of: package) == old {}
        Thread.sleep(forTimeInterval: Double(attempt) * 5e-6)
      }
      kill(book.processIdentifier, SIGKILL)
      book.waitUntilExit()
      let now = try Outputs(of: package)
      for (name, text) in now.texts {
        #expect(text == old.texts[name] || text == new.texts[name], "\(name) is torn: \(text)")
      }
      if now != old && book.terminationReason == .uncaughtSignal { changed += 1 }
    }
    #expect(changed > 0, "no kill came between the first change and the last")
    try run(package)
    #expect(try Outputs(of: package) == new)
  }

  /// What `book` prints.
  private func said(by package: FixturePackage, _ arguments: [String]) throws -> String {
    let book = try package.startBook(arguments)
    book.waitUntilExit()
    return try #require(package.folder.text("output"))
  }

  private func run(_ package: FixturePackage) throws {
    let book = try package.startBook()
    book.waitUntilExit()
    #expect(book.terminationStatus == 0)
  }
}

/// What `book` writes: the document and the figures, without what differs from run to run.
private struct Outputs: Equatable {
  var texts: [String: String] = [:]

  private static let figures = ["curve.svg", "picture.png", "speed.svg"]
    .map { "Figures/01-Fixture/\($0)" }

  /// Reads them.
  init(of package: FixturePackage) throws {
    for name in Self.figures + [FixturePackage.readme] {
      let data = try Data(contentsOf: package.folder.url.appending(path: name))
      let text = String(decoding: data, as: UTF8.self)
      texts[name] = name.hasSuffix("speed.svg") ? Self.ends(of: text) : Self.withoutTiming(text)
    }
  }

  /// A document that was never woven, and figures of another time.
  static var old: Outputs {
    var old = Outputs()
    for name in figures { old.texts[name] = "<old>\(String(repeating: "o", count: 5000))</old>" }
    old.texts[FixturePackage.readme] = FixturePackage.document
    return old
  }

  private init() {}

  /// Writes them.
  func write(to package: FixturePackage) throws {
    for (name, text) in texts { try package.folder.write(text, to: name) }
  }

  /// A figure of a timing: all that can be compared is that it is whole.
  private static func ends(of text: String) -> String {
    text.hasPrefix("<svg") && text.hasSuffix("</svg>\n") ? "a figure" : text
  }

  /// A document without the line that holds a timing.
  private static func withoutTiming(_ text: String) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false)
      .filter { !$0.hasPrefix("| half |") }.joined(separator: "\n")
  }
}
