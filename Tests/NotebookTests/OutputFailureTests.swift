import Foundation
import TestSupport
import Testing

/// What a shell's redirections do to the standard streams of a notebook.
@Suite struct OutputFailureTests {
  private let folder = try! TemporaryFolder()

  /// Runs a line of the shell, in which `notebook` stands for the fixture.
  private func shell(_ line: String) throws -> (status: Int32, errors: String) {
    try folder.write("", to: "errors")
    let process = Process()
    process.executableURL = URL(filePath: "/bin/sh")
    let notebook = products.appending(path: "FixtureNotebook").path
    process.arguments = ["-c", "notebook() { '\(notebook)' \"$@\" 2>>errors; }\n\(line)"]
    process.currentDirectoryURL = folder.url
    try process.run()
    process.waitUntilExit()
    return (process.terminationStatus, folder.text("errors") ?? "")
  }

  @Test(
    .enabled(if: FileManager.default.fileExists(atPath: "/dev/full")),
    arguments: ["--list", "--help", "--until first"])
  func `a full disk under standard output is one line and 74`(arguments: String) throws {
    let (status, errors) = try shell("notebook \(arguments) > /dev/full")
    #expect(status == 74)
    #expect(
      errors.hasSuffix("standard output: cannot be written: no space left on the disk\n"),
      "\(errors)")
    #expect(errors.split(separator: "\n").count == 1)
  }

  @Test(.enabled(if: FileManager.default.fileExists(atPath: "/dev/full")))
  func `a full disk under the metrics is one line and 73`() throws {
    let (status, errors) = try shell("notebook --metrics /dev/full > output")
    #expect(status == 73)
    #expect(errors == "fixture: /dev/full: cannot be written: no space left on the disk\n")
  }

  @Test func `a closed standard output is one line and 74, and no file gets its number`() throws {
    let (status, errors) = try shell("notebook --until second --metrics m --figures f >&-")
    #expect(status == 74)
    #expect(errors == "fixture: standard output: cannot be written: it is closed\n")
    #expect(folder.text("m")?.isEmpty != false, "what is printed went into the metrics")
  }

  @Test func `closed standard input and errors disturb nothing`() throws {
    let (status, _) = try shell("notebook --until second --metrics m <&- 2>&-")
    #expect(status == 0)
    #expect(folder.text("m")?.hasPrefix("{\"chapter\"") == true)
  }

  @Test(arguments: ["", "trap '' PIPE;"])
  func `a reader that goes away ends a notebook without a word`(setting: String) throws {
    let (_, errors) = try shell(
      "\(setting) { sleep 0.3; notebook --list; echo $? > status; } | true")
    #expect(errors.isEmpty, "\(errors)")
    // Killed by the signal (128 + 13), or told by the system.
    #expect(folder.text("status") == (setting.isEmpty ? "141\n" : "74\n"))
  }
}
