import Foundation
import KernelSupport

/// Grades exercises in processes of their own, so that an answer that crashes or never ends costs the
/// points of its exercise and no more.
///
/// The process gets seals on its standard input, one for every number of points, reads them before it calls
/// the answer, and puts that of the points reached under the grade. An answer that leaves early and writes a
/// record itself knows none; one that waits for the record, to change it, sees the one that it has earned.
struct Trial {
  /// The program that grades one exercise with `--exercise` and writes the grade with `--record`.
  var executable: URL
  /// How long an exercise may take.
  let timeLimit: Duration
  /// How many megabytes it may ask for.
  let memoryLimit: Int
  /// Decides the random inputs of the second round.
  let seed: UInt64

  /// A grade under the seal of its points.
  struct Record: Codable {
    var seal: String
    var grade: Grade
  }

  /// Grades an exercise.
  ///
  /// - Throws: what Foundation throws if the folder for temporary files cannot be written.
  func grade(_ exercise: Exercise, in chapter: String) throws -> Grade {
    let files = FileManager.default
    let folder = files.temporaryDirectory.appending(path: "grade-\(UUID().uuidString)")
    try files.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? files.removeItem(at: folder) }
    let record = folder.appending(path: "grade.json")
    let seals = (0...exercise.points).map { _ in UUID().uuidString }
    let ending = try run(
      [
        "--exercise", "\(chapter)/\(exercise.name)", "--record", record.path, "--memory-limit",
        "\(memoryLimit)", "--seed", "\(seed)",
      ], seals: seals, folder)
    guard let data = try? Data(contentsOf: record) else {
      return .none(for: exercise, in: chapter, because: ending)
    }
    guard let record = try? JSONDecoder().decode(Record.self, from: data),
      seals.indices.contains(record.grade.points), seals[record.grade.points] == record.seal
    else {
      return .none(for: exercise, in: chapter, because: "left a record that is not the grader's")
    }
    return record.grade
  }

  /// Runs the program; what the answer prints goes to standard error.
  ///
  /// - Returns: how it ended, for an answer that left no grade.
  private func run(_ arguments: [String], seals: [String], _ folder: URL) throws -> String {
    let log = folder.appending(path: "errors.txt")
    try Data().write(to: log)
    let process = Process()
    process.executableURL = executable
    process.arguments = arguments
    // A trap's one line says enough, and a back trace takes seconds.
    process.environment = ProcessInfo.processInfo.environment
      .merging(["SWIFT_BACKTRACE": "enable=no"]) { $1 }
    let input = Pipe()
    process.standardInput = input
    // A copy: both descriptors of the process are set at once, and standard error is to be the log.
    process.standardOutput = FileHandle(
      fileDescriptor: dup(FileHandle.standardError.fileDescriptor), closeOnDealloc: true)
    process.standardError = try FileHandle(forWritingTo: log)
    let ended = DispatchSemaphore(value: 0)
    process.terminationHandler = { _ in ended.signal() }
    try process.run()
    try input.fileHandleForWriting.write(contentsOf: Data(seals.joined(separator: "\n").utf8))
    try input.fileHandleForWriting.close()
    guard ended.wait(timeout: .now() + timeLimit / .seconds(1)) == .success else {
      // With whatever it has started: the process leads a group of its own.
      kill(-process.processIdentifier, SIGKILL)
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
