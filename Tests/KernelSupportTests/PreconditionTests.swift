import Foundation
import KernelSupport
import TestSupport
import Testing

/// The lines of a Swift file that call a check of the standard library's, whose message an optimised build
/// drops, and the file does not see this package's own.
func mutePreconditions(in text: String) -> [String] {
  let code = text.split(separator: "\n").filter { line in
    !line.drop { $0 == " " }.hasPrefix("//")
  }
  let hasOwn = code.contains { $0.wholeMatch(of: /(public |package )?import KernelSupport/) != nil }
  return code.map(String.init).filter { line in
    line.contains(/\b(assert|assertionFailure)\(/)
      || !hasOwn && line.contains(/(^|[^.\w])(precondition|preconditionFailure)\(/)
  }
}

@Suite struct PreconditionTests {
  @Test func `every precondition of the package speaks in a release build`() throws {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    var count = 0
    for folder in ["Sources", "Chapters"] {
      let place = root.appending(path: folder)
      for name in try FileManager.default.subpathsOfDirectory(atPath: place.path).sorted()
      where name.hasSuffix(".swift") && !name.hasPrefix("KernelSupport/") {
        let text = try String(contentsOf: place.appending(path: name), encoding: .utf8)
        #expect(
          mutePreconditions(in: text).isEmpty, "\(folder)/\(name) lacks 'import KernelSupport'")
        count += 1
      }
    }
    #expect(count > 100)
  }

  @Test(arguments: [
    "precondition(x)", "  precondition(", "let x = y ?? preconditionFailure(\"z\")",
    "import KernelSupport\nassert(x)", "// import KernelSupport\nprecondition(x)",
    "import KernelSupportTests\nprecondition(x)",
  ])
  func `a mute precondition is found`(text: String) {
    #expect(mutePreconditions(in: text).count == 1)
  }

  @Test(arguments: [
    "import KernelSupport\nprecondition(x)", "package import KernelSupport\npreconditionFailure(x)",
    "/// stops at a precondition(x)", "self.precondition(x)", "let isPrecondition = 1",
  ])
  func `what speaks is no mistake`(text: String) { #expect(mutePreconditions(in: text).isEmpty) }

  @Test func `the package's own checks say what is wrong`() async throws {
    // The standard library's begin with "Precondition failed", in a debug build, and with nothing in an optimised one.
    let first = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      precondition(2 + 2 == 5, "sum: it is \(2 + 2)")
    }
    #expect(said(first).contains("Fatal error: sum: it is 4"))
    let second = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      preconditionFailure("sum: there is none")
    }
    #expect(said(second).contains("Fatal error: sum: there is none"))
  }
}

private func said(_ result: ExitTest.Result?) -> String {
  String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
}
