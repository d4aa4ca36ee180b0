import Foundation

/// What a notebook showed, cell by cell: the file between a notebook and the book that runs it.
package struct NotebookRecord: Codable, Equatable {
  /// The chapter's folder.
  package var chapter: String

  /// The cells in the order in which they ran.
  package var cells: [CellRecord] = []

  /// The most memory that the run took at any moment, in bytes; 0 until it has ended.
  package var peakMemory = 0

  /// Creates the record of a notebook that has shown nothing yet.
  package init(chapter: String, cells: [CellRecord] = []) {
    self.chapter = chapter
    self.cells = cells
  }
}

/// What one cell showed.
package struct CellRecord: Codable, Equatable {
  /// The cell's name.
  package var name: String

  /// What it showed, in order.
  package var outputs: [CellOutput] = []

  /// Creates the record of a cell.
  package init(name: String, outputs: [CellOutput] = []) {
    self.name = name
    self.outputs = outputs
  }

  /// Adds an output; text continues the text before it.
  mutating func show(_ output: CellOutput) {
    if case .text(let new) = output, case .text(let old)? = outputs.last {
      outputs[outputs.count - 1] = .text(old + new)
    } else {
      outputs.append(output)
    }
  }
}

/// One thing that a cell showed; texts carry the marks of `VolatileText`.
package enum CellOutput: Codable, Equatable {
  /// Printed text with its line ends.
  case text(String)
  /// A table.
  case table(Table)
  /// A figure, by its file's name in the chapter's folder of figures.
  case figure(file: String, caption: String, isVolatile: Bool)
}
