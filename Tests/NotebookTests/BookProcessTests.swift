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
