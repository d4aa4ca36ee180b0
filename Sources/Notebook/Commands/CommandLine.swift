import KernelSupport

/// An option that a command understands.
package struct CommandOption: Sendable {
  /// The name with its dashes, for example `--seed`.
  package var name: String

  /// What its value is called in the help, or `nil` for an option without a value.
  package var placeholder: String?

  /// What it does, in a few words.
  package var help: String

  /// Describes an option.
  package init(_ name: String, _ placeholder: String? = nil, help: String) {
    self.name = name
    self.placeholder = placeholder
    self.help = help
  }
}

/// A command line that is wrong: one line naming the option and what was expected.
package struct UsageError: ReportedError, Equatable {
  /// The line.
  package let description: String

  /// The status of every mistake on the command line.
  package var exitStatus: ExitStatus { .usage }

  /// Creates the error from its line.
  package init(_ description: String) { self.description = description }
}

/// A command line taken apart: `--option value`, `--option=value` and the words beside them.
package struct Arguments {
  /// The words that are neither options nor their values.
  package private(set) var operands: [String] = []
  private var values: [String: String] = [:]

  /// Takes a command line apart.
  ///
  /// - Parameters:
  ///   - words: the command line without the command's own name.
  ///   - options: the options that the command understands.
  /// - Throws: `UsageError` for an option that is unknown or given twice, a missing value, or a value where none
  ///   belongs.
  package init(_ words: [String], understanding options: [CommandOption]) throws {
    var rest = words[...]
    while let word = rest.popFirst() {
      guard word.hasPrefix("-"), word.count > 1 else {
        operands.append(word)
        continue
      }
      let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let name = String(parts[0])
      guard let option = options.first(where: { $0.name == name }) else {
        throw UsageError("\(name): unknown option; --help lists those that exist")
      }
      guard values[name] == nil else { throw UsageError("\(name): given twice") }
      guard let placeholder = option.placeholder else {
        guard parts.count == 1 else { throw UsageError("\(name): takes no value") }
        values[name] = ""
        continue
      }
      if parts.count == 2 {
        values[name] = String(parts[1])
      } else if let next = rest.first, !next.hasPrefix("--") {
        values[name] = rest.removeFirst()
      }
      guard values[name]?.isEmpty == false else {
        throw UsageError("\(name): a value is missing; expected \(name) \(placeholder)")
      }
    }
  }

  /// Whether the option was given.
  package func contains(_ name: String) -> Bool { values[name] != nil }

  /// The command line again, without some options.
  func words(without names: [String]) -> [String] {
    operands
      + values.filter { !names.contains($0.key) }.flatMap { name, value in
        value.isEmpty ? [name] : ["\(name)=\(value)"]
      }
  }

  /// The option's value, or `nil` if the option was not given.
  package subscript(name: String) -> String? { values[name] }

  /// The option's value as a whole number, or `nil` if the option was not given.
  ///
  /// - Throws: `UsageError` if it is no whole number or lies outside `range`.
  package func integer<Value: FixedWidthInteger>(
    _ name: String, in range: ClosedRange<Value>
  ) throws -> Value? {
    guard let text = values[name] else { return nil }
    guard let value = Value(text), range.contains(value) else {
      throw UsageError(
        "\(name): '\(text)' is not a whole number from \(range.lowerBound) "
          + "to \(range.upperBound)")
    }
    return value
  }
}

/// The help of a command.
///
/// - Parameters:
///   - usage: how the command is called.
///   - purpose: what it does, in a line or two.
///   - options: what to list.
package func helpText(usage: String, purpose: String, options: [CommandOption]) -> String {
  let entries = options.map {
    ([$0.name, $0.placeholder].compactMap(\.self).joined(separator: " "), $0.help)
  }
  let width = entries.map(\.0.count).max() ?? 0
  let lines = entries.map { name, help in
    "  \(name)\(String(repeating: " ", count: width - name.count))  \(help)"
  }
  return "usage: \(usage)\n\(purpose)\n\n" + lines.joined(separator: "\n")
}
