import Foundation
import KernelSupport
import Notebook

/// Grades exercises in processes of their own, so that an answer that crashes or never ends costs the
/// points of its exercise and no more.
struct Trial {
  /// The program that grades one exercise with `--exercise` and writes the grade with `--record`.
  let executable: URL
  /// How long an exercise may take.
  let timeLimit: Duration

  /// Grades an exercise.
  ///
  /// - Throws: what Foundation throws if the folder for temporary files cannot be written.
  func grade(_ exercise: Exercise, in chapter: String) throws -> Grade {
    let files = FileManager.default
    let folder = files.temporaryDirectory.appending(path: "grade-\(UUID().uuidString)")
    try files.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? files.removeItem(at: folder) }
    let record = folder.appending(path: "grade.json")
    let ending = try run(
      ["--exercise", "\(chapter)/\(exercise.name)", "--record", record.path], folder)
    if let data = try? Data(contentsOf: record),
      let grade = try? JSONDecoder().decode(Grade.self, from: data)
    {
      return grade
    }
    return Grade(
      chapter: chapter, exercise: exercise.name, points: 0, of: exercise.points, message: ending)
  }

  /// Runs the program; what the answer prints goes to standard error.
  ///
  /// - Returns: how it ended, for an answer that left no grade.
  private func run(_ arguments: [String], _ folder: URL) throws -> String {
    let log = folder.appending(path: "errors.txt")
    try Data().write(to: log)
    let process = Process()
    process.executableURL = executable
    process.arguments = arguments
    // A trap's one line says enough, and a back trace takes seconds.
    process.environment = ProcessInfo.processInfo.environment
      .merging(["SWIFT_BACKTRACE": "enable=no"]) { $1 }
    process.standardInput = FileHandle.nullDevice
    // A copy: both descriptors of the process are set at once, and standard error is to be the log.
    process.standardOutput = FileHandle(
      fileDescriptor: dup(FileHandle.standardError.fileDescriptor), closeOnDealloc: true)
    process.standardError = try FileHandle(forWritingTo: log)
    let ended = DispatchSemaphore(value: 0)
    process.terminationHandler = { _ in ended.signal() }
    try process.run()
    guard ended.wait(timeout: .now() + timeLimit / .seconds(1)) == .success else {
      kill(process.processIdentifier, SIGKILL)
      ended.wait()
      return "stopped after \(timeLimit.components.seconds) s; does a loop never end?"
    }
    let said = (try? String(contentsOf: log, encoding: .utf8)) ?? ""
    let fatal = said.split(separator: "\n").last { $0.contains("Fatal error") }
    if let fatal { return "crashed: \(fatal)" }
    return process.terminationReason == .uncaughtSignal
      ? "crashed with signal \(process.terminationStatus)"
      : "ended the process with status \(process.terminationStatus)"
  }
}
