import Foundation
import Grading
import KernelSupport
import Notebook
import Testing

/// How the fixture's grader ended and what it printed.
private struct Ending {
  var status: Int32
  var output: String
  var errors: String
}

/// The program that grades the fixture's answers.
var fixtureProgram: URL {
  let bundle = Bundle.allBundles.first { $0.bundlePath.hasSuffix(".xctest") }
  let tests = bundle?.bundleURL ?? Bundle.main.executableURL ?? Bundle.main.bundleURL
  return tests.deletingLastPathComponent().appending(path: "FixtureCoursework")
}

/// Runs the grader of the fixture's answers to its end.
private func gradeFixture(_ arguments: [String]) throws -> Ending {
  let files = FileManager.default
  let folder = files.temporaryDirectory.appending(path: "test-\(UUID().uuidString)")
  try files.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? files.removeItem(at: folder) }
  let (output, errors) = (folder.appending(path: "output"), folder.appending(path: "errors"))
  for url in [output, errors] { try Data().write(to: url) }
  let process = Process()
  process.executableURL = fixtureProgram
  process.arguments = arguments
  process.standardOutput = try FileHandle(forWritingTo: output)
  process.standardError = try FileHandle(forWritingTo: errors)
  try process.run()
  process.waitUntilExit()
  return Ending(
    status: process.terminationStatus,
    output: try String(contentsOf: output, encoding: .utf8),
    errors: try String(contentsOf: errors, encoding: .utf8))
}

@Test func `an answer that crashes, never ends or leaves costs its own points only`() throws {
  let ending = try gradeFixture(["perceptrons", "--json", "--time-limit", "2"])
  #expect(ending.status == 0)
  let grades = try ending.output.split(separator: "\n").map {
    try JSONDecoder().decode(Grade.self, from: Data($0.utf8))
  }
  #expect(
    grades.map(\.exercise) == [
      "dot", "marginUpdate", "parityNetwork", "swish", "separator", "softmaxGradients",
      "energyChange",
    ])
  #expect(grades.map(\.points) == [0, 0, 0, 1, 0, 0, 3])
  #expect(grades.map(\.of) == [2, 3, 3, 3, 2, 3, 3])
  try #require(grades.count == 7)
  #expect(grades[0].message.hasPrefix("crashed"))
  #expect(grades[1].message == "stopped after 2 s; does a loop never end?")
  #expect(grades[2].message == "ended the process with status 0")
  #expect(grades[3].message == "not answered yet")
  #expect(grades[6].message.isEmpty)
  #expect(ending.errors.contains("a word from the answer"))
}

@Test func `an answer gets no points for anything but being right`() throws {
  let ending = try gradeFixture(["backprop", "--json", "--memory-limit", "1024"])
  #expect(ending.status == 0)
  let grades = try ending.output.split(separator: "\n").map {
    try JSONDecoder().decode(Grade.self, from: Data($0.utf8))
  }
  try #require(grades.count == 7)
  #expect(grades.allSatisfy { $0.points == 0 })
  #expect(grades[0].message == "left a record that is not the grader's")
  #expect(grades[1].message == "ended the process with status 0")
  #expect(grades[2].message.hasPrefix("crashed"))
  #expect(grades[3].message == "left a record that is not the grader's")
  #expect(grades[4].message.contains("expected"))
  #expect(grades[5].message.hasPrefix("the second time, without a leak "))
  #expect(grades[6].message == "crashed with signal 9")
}

@Test func `all points can be required`() throws {
  let right = ["--exercise", "perceptrons/energyChange", "--require-all"]
  #expect(try gradeFixture(right).status == 0)
  let wrong = try gradeFixture(["--exercise", "perceptrons/swish", "--require-all"])
  #expect(wrong.status == 1)
  #expect(wrong.output.contains("perceptrons/swish       1   3"))
  #expect(wrong.output.hasSuffix("perceptrons/swish: not answered yet\n"))
}

@Test(arguments: [
  (["cnn"], "'cnn' is no chapter with exercises to grade; expected perceptrons, backprop"),
  (
    ["--exercise", "perceptrons/dit"], "--exercise: 'perceptrons/dit' is unknown; expected one of "
  ),
  (["perceptrons", "--exercise", "perceptrons/dot"], "--exercise: expected no chapters and no "),
  (
    ["--answers", "folder"], "--answers: expected the chapters to grade before it, such as backprop"
  ),
  (["perceptrons", "--csv"], "--csv: expected --answers beside it"),
  (["--memory-limit", "1"], "--memory-limit: '1' is "),
  (["--record", "file"], "--record: expected --exercise beside it"),
  (["--time-limit", "0"], "--time-limit: '0' is "),
  (["--points"], "--points: unknown option; "),
])
func `a wrong command line is a usage error`(words: [String], line: String) throws {
  let command = GradeCommand(
    courseworks: [UnansweredPerceptrons.self, UnansweredBackprop.self],
    root: FileManager.default.temporaryDirectory)
  let error = try #require(throws: UsageError.self) { try command.run(words) }
  #expect(error.description.hasPrefix(line))
  #expect(error.exitStatus == .usage)
}
