import KernelSupport

/// Rows and columns that a cell shows: aligned text on a terminal, a Markdown table in the document.
package struct Table: Codable, Equatable {
  /// The columns' headings.
  package var columns: [String]

  /// The rows, each with one text a column.
  package var rows: [[String]]

  /// Creates a table.
  package init(columns: [String], rows: [[String]]) {
    for row in rows {
      precondition(
        row.count == columns.count,
        "table: a row of \(row.count) values under \(columns.count) columns")
    }
    self.columns = columns
    self.rows = rows
  }

  /// A text whose negative numbers begin with a minus sign; hyphens in words, ranges and exponents stay.
  package static func withMinusSigns(_ text: String) -> String {
    text.replacing(/(^|[ (–])-(?=[0-9])/) { "\($0.1)−" }
  }

  /// The table for a terminal: columns aligned, numbers to the right.
  package var terminalText: String {
    let lines = ([columns] + rows).map { $0.map(VolatileText.shown) }
    let widths = columns.indices.map { column in lines.map { $0[column].count }.max() ?? 0 }
    func line(_ texts: [String]) -> String {
      let cells = columns.indices.map { column in
        let padding = String(repeating: " ", count: widths[column] - texts[column].count)
        return isNumeric(column) ? padding + texts[column] : texts[column] + padding
      }
      let text = cells.joined(separator: "  ")
      return String(text.reversed().drop { $0 == " " }.reversed())
    }
    let rule = widths.map { String(repeating: "─", count: $0) }.joined(separator: "  ")
    return ([line(lines[0]), rule] + lines.dropFirst().map(line)).joined(separator: "\n")
  }

  /// The table for a document, a line an element.
  package var markdownLines: [String] {
    func line(_ texts: [String]) -> String {
      let cells = texts.map { $0.replacing("|", with: "\\|").replacing("\n", with: "<br>") }
      return "| " + cells.joined(separator: " | ") + " |"
    }
    let rule = columns.indices.map { isNumeric($0) ? "--:" : ":--" }
    return [line(columns), "| " + rule.joined(separator: " | ") + " |"] + rows.map(line)
  }

  /// Whether every text in the column is a number, perhaps with a unit.
  private func isNumeric(_ column: Int) -> Bool {
    let texts = rows.map { VolatileText.shown($0[column]) }.filter { !$0.isEmpty && $0 != "–" }
    return !texts.isEmpty
      && texts.allSatisfy { text in
        let digits = text.drop { "+-−×<>≈ ".contains($0) }
        return digits.first?.isNumber == true || ["inf", "nan"].contains(String(digits))
      }
  }
}
