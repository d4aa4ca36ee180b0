import Foundation
import TestSupport
import Testing

/// Ctrl-C and its kin, sent to `book` while its notebook works.
@Suite(.timeLimit(.minutes(5))) struct InterruptionTests {
  /// The notebook's process, once it has begun to wait.
  private func waitForNotebook(_ package: FixturePackage) throws -> pid_t {
    while true {
      if let text = package.folder.text("waiting"), let number = pid_t(text) { return number }
      Thread.sleep(forTimeInterval: 0.01)
    }
  }

  @Test(arguments: [SIGINT, SIGTERM, SIGHUP])
  func `book ends its notebook, keeps what was there, and ends with 130`(signal: Int32) throws {
    let package = try FixturePackage(behaviour: "waits")
    let book = try package.startBook()
    let notebook = try waitForNotebook(package)
    kill(book.processIdentifier, signal)
    book.waitUntilExit()
    #expect(book.terminationReason == .exit)
    #expect(book.terminationStatus == 130)
    #expect(kill(notebook, 0) == -1 && errno == ESRCH, "the notebook still runs")
    #expect(
      package.folder.text("errors")?.hasSuffix("book: interrupted; what was finished is kept\n")
        == true)
    #expect(package.folder.text(FixturePackage.readme) == FixturePackage.document)
    let left = try FileManager.default.contentsOfDirectory(atPath: package.folder.path("temporary"))
    #expect(left == ["place"], "temporary files are left")
  }

  @Test func `a signal that the shell ignores, as nohup does, ends nothing`() throws {
    let package = try FixturePackage(behaviour: "waits")
    let book = try package.startBook(ignoring: "HUP")
    let notebook = try waitForNotebook(package)
    kill(book.processIdentifier, SIGHUP)
    Thread.sleep(forTimeInterval: 0.3)
    #expect(book.isRunning && kill(notebook, 0) == 0)
    kill(book.processIdentifier, SIGTERM)
    book.waitUntilExit()
    #expect(book.terminationStatus == 130)
  }
}
