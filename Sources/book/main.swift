import Foundation
import KernelSupport
import Notebook

let options = [
  CommandOption("--check", help: "change nothing; fail if a document or figure has drifted"),
  CommandOption("--data", "DIR", help: "fill the blocks of results on MNIST, and only those"),
  CommandOption("--help", help: "print this"),
]

/// The nearest folder above the current one that holds the package with its chapters.
func packageRoot() throws -> URL {
  let files = FileManager.default
  var folder = URL(fileURLWithPath: files.currentDirectoryPath)
  while !files.fileExists(atPath: folder.appending(path: "Package.swift").path)
    || !isFolder(folder.appending(path: "Chapters"))
  {
    guard folder.path != "/" else {
      throw MissingInput(
        path: files.currentDirectoryPath, expected: "a folder of the package that has Chapters")
    }
    folder.deleteLastPathComponent()
  }
  return folder
}

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
  if let data = arguments["--data"], !isFolder(URL(fileURLWithPath: data)) {
    throw MissingInput(path: data, expected: "the folder with MNIST's four files")
  }
  let root = try packageRoot()
  let chapters = try Chapter.select(arguments.operands, from: Chapter.all(in: root))
  let executable = Bundle.main.executableURL ?? URL(fileURLWithPath: CommandLine.arguments[0])
  let toolchain = Toolchain(executable: executable)
  try toolchain.build(chapters, in: root)
  let book = Book(
    chapters: chapters, task: arguments.contains("--check") ? .check : .weave,
    dataFolder: arguments["--data"].map { URL(fileURLWithPath: $0).path },
    report: { writeLine($0, to: .standardError) })
  return try book.run(products: toolchain.products)
}
for problem in problems { writeLine(problem, to: .standardError) }
if !problems.isEmpty { exit(1) }
