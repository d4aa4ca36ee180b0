import Foundation
import KernelSupport
import Notebook

/// The options of both commands.
package let sharedOptions = [
  CommandOption("--threads", "N", help: "threads a kernel may use (default: all cores)"),
  CommandOption("--json", help: "a JSON object a line instead of a table"),
  CommandOption("--help", help: "print this"),
]

extension Arguments {
  /// The names in an option's value, between commas; none if the option was not given.
  ///
  /// - Parameters:
  ///   - option: the option.
  ///   - known: the names that exist.
  /// - Throws: `UsageError` for another name.
  func names(_ option: String, of known: [String]) throws -> [String] {
    let names = self[option]?.split(separator: ",").map(String.init) ?? []
    for name in names where !known.contains(name) {
      var listed = Set<String>()
      let choices = known.filter { listed.insert($0).inserted }
      throw UsageError(
        "\(option): '\(name)' is unknown; expected one of \(choices.joined(separator: ", "))")
    }
    return names
  }

  /// The value of `--kernels`, if given.
  ///
  /// - Throws: `UsageError` for another value than `naive` and `fast`.
  func backend() throws -> Backend? {
    guard let name = self["--kernels"] else { return nil }
    guard let backend = Backend(rawValue: name) else {
      throw UsageError("--kernels: '\(name)' is unknown; expected naive or fast")
    }
    return backend
  }
}

/// Writes a line to standard output at once.
func writeLine(_ text: String) { writeLine(text, to: .standardOutput) }

/// A line of a table.
///
/// - Parameters:
///   - texts: a text a column.
///   - widths: as many; negative for a column whose texts stand at the left.
func tableLine(_ texts: [String], _ widths: [Int]) -> String {
  zip(texts, widths).map { text, width in
    let padding = String(repeating: " ", count: max(0, abs(width) - text.count))
    return width < 0 ? text + padding : padding + text
  }.joined(separator: " ")
}

/// Runs the command.
///
/// - Parameter words: the command line without the command's own name.
/// - Throws: `UsageError` before anything has run; `VerificationError`.
package func bench(_ words: [String]) throws {
  let usage = "bench kernels|models [options]"
  let commands = ["kernels": KernelsCommand.options, "models": ModelsCommand.options]
  if words == ["--help"] {
    writeLine(
      "usage: \(usage)\n"
        + commands.keys.sorted().map { "  bench \($0) --help" }.joined(separator: "\n"))
    return
  }
  guard let command = words.first, let options = commands[command] else {
    let given = words.first.map { "'\($0)' is no command" } ?? "a command is missing"
    throw UsageError("\(given); expected \(usage)")
  }
  let arguments = try Arguments(Array(words.dropFirst()), understanding: options)
  if arguments.contains("--help") {
    let purpose =
      command == "kernels"
      ? "Verifies every fast kernel against its definition and times both."
      : "Times training steps of the book's models."
    writeLine(helpText(usage: "bench \(command) [options]", purpose: purpose, options: options))
    return
  }
  if let operand = arguments.operands.first {
    throw UsageError("'\(operand)': unexpected; bench \(command) takes options only")
  }
  let threadCount = try arguments.integer("--threads", in: 1...1024) ?? Threads.available
  if command == "kernels" {
    let command = try KernelsCommand(arguments)
    LaunchSettings.choose(LaunchSettings(threadCount: threadCount))
    try command.run()
  } else {
    let command = try ModelsCommand(arguments)
    LaunchSettings.choose(LaunchSettings(threadCount: threadCount))
    command.run()
  }
}
