import Foundation
import KernelSupport

/// A file that grows by a JSON line for every metric, over many runs.
struct MetricsFile {
  /// Where it is.
  var path: String

  /// Appends text in one write; an empty text only checks that the file can be written.
  ///
  /// - Throws: `WriteError`.
  func append(_ text: String) throws(WriteError) {
    // Opened without waiting: nobody may read from what turns out to be a pipe.
    let descriptor = unsafe open(
      path, O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else {
      throw WriteError(path: path, reason: FileError(code: errno).reason)
    }
    defer { close(descriptor) }
    do {
      try writeAll(Data(text.utf8), to: descriptor)
    } catch {
      throw WriteError(path: path, reason: error.reason)
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
