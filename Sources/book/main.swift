import Foundation
import KernelSupport
import Notebook

let options = [
  CommandOption("--check", help: "change nothing; fail if a document or figure has drifted"),
  CommandOption("--data", "DIR", help: "fill the blocks of results on MNIST, and only those"),
  CommandOption(
    "--until", "CELL", help: "run one chapter up to that cell, and leave the rest as it is"),
  CommandOption("--list", help: "print the chapters and how long each took last"),
  CommandOption("--help", help: "print this"),
]

/// The package: the nearest folder above the program, or above this source file, that has the chapters in it.
func packageRoot(above executable: URL) throws -> URL {
  for start in [executable.resolvingSymlinksInPath(), URL(fileURLWithPath: #filePath)] {
    var folder = start.deletingLastPathComponent()
    while folder.path != "/" {
      let manifest = folder.appending(path: "Package.swift").path
      if FileManager.default.fileExists(atPath: manifest),
        isFolder(folder.appending(path: "Chapters"))
      {
        return folder
      }
      folder.deleteLastPathComponent()
    }
  }
  throw MissingInput(path: executable.path, expected: "a program within the package")
}

ChildProcess.passOnSignals()
let problems = reportingErrors(of: "book") {
  let arguments = try Arguments(Array(CommandLine.arguments.dropFirst()), understanding: options)
  if arguments.contains("--help") {
    let text = helpText(
      usage: "swift run -c release book [chapters] [options]",
      purpose: "Runs the chapters' notebooks and rewrites their documents and figures.\n"
        + "A chapter is named by its product, such as backprop; without a name all are run.",
      options: options)
    writeLine(text, to: .standardOutput)
    exit(0)
  }
  if let data = arguments["--data"] {
    try MissingInput.check(folder: data, expected: "the folder with MNIST's four files")
  }
  let executable = Bundle.main.executableURL ?? URL(fileURLWithPath: CommandLine.arguments[0])
  let root = try packageRoot(above: executable)
  let chapters = try Chapter.select(arguments.operands, from: Chapter.all(in: root))
  let toolchain = Toolchain(executable: executable)
  let durations = Durations(file: toolchain.durations)
  if arguments.contains("--list") {
    for chapter in chapters {
      let time = durations[chapter].map { "\(fixed($0, 1)) s" } ?? "not run yet"
      writeLine("\(chapter.product): \(time)", to: .standardOutput)
    }
    exit(0)
  }
  if let until = arguments["--until"] {
    guard chapters.count == 1 else {
      throw UsageError("--until: expected one chapter beside it, found \(chapters.count)")
    }
    let names = try SourceCell.cells(inFile: chapters[0].notebook).map(\.name)
    guard names.contains(until) else {
      throw UsageError("--until: there is no cell '\(until)' in \(chapters[0].name)")
    }
  }
  try toolchain.build(chapters, in: root)
  var book = Book(
    chapters: chapters, task: arguments.contains("--check") ? .check : .weave,
    dataFolder: arguments["--data"].map { URL(fileURLWithPath: $0).path },
    until: arguments["--until"], durations: durations,
    report: { writeLine($0, to: .standardError) })
  return try book.run(products: toolchain.products)
}
for problem in problems { writeLine(problem, to: .standardError) }
if !problems.isEmpty { exit(1) }
