import Foundation

/// A file that grows by a JSON line for every metric, over many runs.
struct MetricsFile {
  /// Where it is.
  var path: String

  /// Appends text in one write; an empty text only checks that the file can be written.
  ///
  /// - Throws: `WriteError`.
  func append(_ text: String) throws {
    let url = URL(fileURLWithPath: path)
    do {
      if !FileManager.default.fileExists(atPath: path) {
        try Data().write(to: url, options: .withoutOverwriting)
      }
      let handle = try FileHandle(forWritingTo: url)
      defer { try? handle.close() }
      try handle.seekToEnd()
      try handle.write(contentsOf: Data(text.utf8))
    } catch {
      throw WriteError(path: path, reason: reason(of: error))
    }
  }
}

/// A metric as its line in the file.
struct MetricLine {
  var chapter: String
  var cell: String
  var name: String
  var value: Double

  /// The line: an object with the keys in this order.
  var json: String {
    let number = value.isFinite ? "\(value)" : "null"
    let fields = [("chapter", chapter), ("cell", cell), ("name", name)].map { key, text in
      "\"\(key)\":\(quoted(text))"
    }
    return "{\(fields.joined(separator: ",")),\"value\":\(number)}\n"
  }

  private func quoted(_ text: String) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .withoutEscapingSlashes
    guard let data = try? encoder.encode(text) else { return "\"\"" }
    return String(decoding: data, as: UTF8.self)
  }
}
