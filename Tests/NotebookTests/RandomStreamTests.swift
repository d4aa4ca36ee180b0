import Foundation
import Notebook
import Testing

/// A generator that lived on would make every number depend on the cells before: each cell begins its own from the
/// notebook's seed, so that a cell can be added, changed or left out without changing what the others say.
@Test func `no chapter's cell draws from another cell's random numbers`() throws {
  #expect(FormulaTests.documents.count == 9)
  for document in FormulaTests.documents {
    let source = document.deletingLastPathComponent().appending(path: "main.swift")
    var owners: [Substring: String] = [:]
    for cell in try SourceCell.cells(inFile: source) {
      for line in cell.code {
        if let found = line.firstMatch(of: /^var (\w+) = SeededGenerator/) {
          owners[found.1] = cell.name
        }
        // What a function declares inside has an indentation, and hides what stands outside.
        for used in line.matches(of: /&(\w+)/) {
          guard let owner = owners[used.1], !cell.declaresInside(String(used.1)) else { continue }
          #expect(owner == cell.name, "\(source.path), \(cell.name): \(used.1) of \(owner)")
        }
      }
    }
  }
}

extension SourceCell {
  fileprivate func declaresInside(_ name: String) -> Bool {
    code.contains { $0.contains("  var \(name) = ") || $0.contains(" \(name): inout ") }
  }
}
