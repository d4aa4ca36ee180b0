import Foundation
import TestSupport
import Testing

private let allFigures = ["curve.svg", "picture.png", "speed.svg"]

@Test func `a notebook runs to its end and writes figures, metrics and record`() throws {
  let folder = try TemporaryFolder()
  let result = try runFixture(
    ["--figures", "Figures", "--metrics", "m.jsonl", "--record", "r.json"], in: folder.url)
  #expect(result.status == 0)
  #expect(result.output.contains("total 10 share 0.12345"))
  #expect(!result.output.contains("\u{E000}"), "marks of volatile text are not for readers")
  #expect(
    folder.text("m.jsonl")
      == #"{"chapter":"01-Fixture","cell":"second","name":"fixture_value","value":0.5}"# + "\n"
      + #"{"chapter":"01-Fixture","cell":"third","name":"fixture_seed","value":1.0}"# + "\n")
  #expect(folder.text("r.json") != nil)
  let figures = try FileManager.default.contentsOfDirectory(
    atPath: folder.path("Figures/01-Fixture"))
  #expect(figures.sorted() == allFigures)
}

@Test
func `without a place for them figures go to a folder that is named, and the checkout stays clean`()
  throws
{
  let folder = try TemporaryFolder()
  let result = try runFixture([], in: folder.url)
  #expect(result.status == 0)
  #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path).isEmpty)
  let paths = result.output.split(separator: "\n").filter { $0.hasPrefix("figure: ") }
    .map { String($0.dropFirst(8)) }
  #expect(paths.map { URL(filePath: $0).lastPathComponent }.sorted() == allFigures)
  for path in paths { #expect(FileManager.default.fileExists(atPath: path), "\(path)") }
  try FileManager.default.removeItem(
    at: URL(filePath: paths[0]).deletingLastPathComponent().deletingLastPathComponent())
}

@Test func `a run says at its end how long it took and how much memory`() throws {
  let folder = try TemporaryFolder()
  let result = try runFixture(["--until", "first"], in: folder.url)
  let line = try #require(result.errors.split(separator: "\n").last)
  let match = try #require(line.wholeMatch(of: /fixture: \d+\.\d s, (\d+) MB of memory at most/))
  // Foundation alone takes some; a kilobyte taken for a byte would give thousands of times as much or as little.
  #expect((5...2000).contains(Int(match.1) ?? 0), "\(line)")
}

@Test func `metrics of a second run are appended`() throws {
  let folder = try TemporaryFolder()
  for _ in 0..<2 { _ = try runFixture(["--metrics", "m.jsonl"], in: folder.url) }
  #expect(folder.text("m.jsonl")?.split(separator: "\n").count == 4)
}

@Test func `over several seeds a notebook prints the mean and the range of its metrics`() throws {
  let folder = try TemporaryFolder()
  let result = try runFixture(["--seeds", "3", "--seed=5"], in: folder.url)
  #expect(result.status == 0)
  let lines = result.output.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
  #expect(lines.first == ["cell", "metric", "mean", "of", "3", "seeds", "lowest", "highest"])
  // The fixture's last cell gives its seed.
  #expect(lines.contains(["second", "fixture_value", "0.5", "0.5", "0.5"]))
  #expect(lines.contains(["third", "fixture_seed", "6", "5", "7"]))
  #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path).isEmpty)
}

@Test func `a run that fails ends those over several seeds, with its status`() throws {
  let folder = try TemporaryFolder()
  try Data("fails".utf8).write(to: folder.url.appending(path: "behaviour"))
  let result = try runFixture(["--seeds=2"], in: folder.url)
  #expect(result.status == 65)
  #expect(result.errors.contains("fixture: --seeds: the run with seed 1 ended with status 65"))
}

@Test func `a notebook stops after the cell it is told`() throws {
  let folder = try TemporaryFolder()
  let result = try runFixture(["--until", "first", "--record", "r.json"], in: folder.url)
  #expect(result.status == 0)
  #expect(result.output.contains("total"))
  #expect(!result.output.contains("fixture_value"))
  #expect(folder.text("r.json")?.contains("second") == false)
}

@Test func `a notebook lists its cells from any folder and runs none`() throws {
  let folder = try TemporaryFolder()
  let result = try runFixture(["--list"], in: folder.url)
  #expect(result.output == "first\nsecond\nthird\n")
  #expect(result.status == 0)
}

@Test func `help names every option`() throws {
  let folder = try TemporaryFolder()
  let result = try runFixture(["--help"], in: folder.url)
  #expect(result.status == 0)
  for option in [
    "--data", "--kernels", "--threads", "--seed", "--seeds", "--epochs", "--save", "--load",
    "--until",
    "--list", "--figures", "--metrics", "--record", "--help",
  ] {
    #expect(result.output.contains("  \(option) "))
  }
}

@Test(arguments: [
  (["--wrong"], 64, "--wrong: unknown option"),
  (["--threads", "0"], 64, "--threads: '0'"),
  (["--until", "fourth"], 64, "--until: there is no cell 'fourth'"),
  (["--data", "nowhere"], 66, "nowhere: does not exist; expected the folder"),
  (["--data", "file"], 66, "file: is no folder; expected the folder"),
  (["--load", "nothing"], 66, "nothing: does not exist; expected a checkpoint"),
  (["--load", "."], 66, ".: it is a folder; expected a checkpoint"),
  (["--save", "file/s"], 73, "file/s: cannot be written: a file stands where a folder should be"),
  (["--save", "."], 73, ": cannot be written: it is a folder"),
  (["--save", "/dev/null"], 73, "/dev/null: cannot be written: it is a pipe or a device"),
  (["--figures", "file"], 73, "file/01-Fixture: cannot be written"),
  (["--figures", "file/below"], 73, "file/below/01-Fixture: cannot be written"),
  (
    ["--metrics", "no/folder/m"], 73,
    "no/folder/m: cannot be written: there is no such file or folder"
  ),
  (["--metrics", "."], 73, ".: cannot be written: it is a folder"),
  (["--record", "file/r.json"], 73, "file/r.json: cannot be written"),
])
func `bad input ends a notebook before any cell`(
  arguments: [String], status: Int32, line: String
) throws {
  let folder = try TemporaryFolder()
  try folder.write("old", to: "file")
  let result = try runFixture(arguments, in: folder.url)
  #expect(result.status == status)
  #expect(result.errors.hasPrefix("fixture: "))
  #expect(result.errors.contains(line), "\(result.errors)")
  #expect(result.errors.split(separator: "\n").count == 1)
  #expect(result.output.isEmpty)
  #expect(folder.text("file") == "old")
  #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path) == ["file"])
}

@Test func `an error of the world ends a notebook with its own status and no record`() throws {
  let folder = try TemporaryFolder()
  try folder.write("fails", to: "behaviour")
  let result = try runFixture(["--record", "r.json"], in: folder.url)
  #expect(result.status == 65)
  #expect(result.errors == "fixture: data/labels: truncated; expected 16 bytes\n")
  #expect(folder.text("r.json") == nil)
}

@Test func `a notebook killed at any moment leaves every figure whole`() throws {
  let folder = try TemporaryFolder()
  try folder.write("figure", to: "behaviour")
  _ = try runFixture(["--figures", "Figures"], in: folder.url)
  let old = try figures(in: folder)
  try folder.write("", to: "behaviour")
  for attempt in 1...30 {
    let process = Process()
    process.executableURL = products.appending(path: "FixtureNotebook")
    process.arguments = ["--figures", "Figures"]
    process.currentDirectoryURL = folder.url
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    Thread.sleep(forTimeInterval: Double(attempt) * 0.001)
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
    let now = try figures(in: folder)
    #expect(now["picture.png"] == old["picture.png"])
    let curve = try #require(now["curve.svg"])
    #expect(String(decoding: curve, as: UTF8.self).hasSuffix("</svg>\n"))
    if attempt.isMultiple(of: 3) {
      for (name, data) in old {
        try data.write(to: folder.url.appending(path: "Figures/01-Fixture/\(name)"))
      }
    }
  }
}

/// The chapter's figures by the names of their files.
private func figures(in folder: TemporaryFolder) throws -> [String: Data] {
  try Dictionary(
    uniqueKeysWithValues: allFigures.map { name in
      (name, try Data(contentsOf: folder.url.appending(path: "Figures/01-Fixture/\(name)")))
    })
}
