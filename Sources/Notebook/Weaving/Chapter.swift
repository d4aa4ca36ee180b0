import Foundation
import KernelSupport

/// A chapter of the book as it lies on the disk.
package struct Chapter: Equatable {
  /// The name of its folder, for example `02-Backprop`.
  package let name: String
  /// The top folder of the package.
  package let root: URL

  /// Names a chapter.
  package init(name: String, root: URL) {
    self.name = name
    self.root = root
  }

  /// The name of its product, for example `backprop`.
  package var product: String { productName(ofChapter: name) }
  /// The document's path from the top of the package, for messages.
  package var documentPath: String { "Chapters/\(name)/README.md" }
  /// The document.
  package var document: URL { root.appending(path: documentPath) }
  /// The notebook.
  package var notebook: URL { root.appending(path: "Chapters/\(name)/main.swift") }
  /// The folder of its figures.
  package var figures: URL { root.appending(path: "Figures/\(name)") }

  /// All chapters of a package in reading order: the folders in `Chapters` that hold a notebook.
  ///
  /// - Throws: `MissingInput` if there is no folder `Chapters`.
  package static func all(in root: URL) throws -> [Chapter] {
    let folder = root.appending(path: "Chapters")
    guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder.path) else {
      throw MissingInput(path: folder.path, expected: "the book's chapters")
    }
    return names.sorted().map { Chapter(name: $0, root: root) }
      .filter { FileManager.default.fileExists(atPath: $0.notebook.path) }
  }

  /// The chapters that a command line names by product or folder; all of them if it names none.
  ///
  /// - Throws: `UsageError` for a name that is no chapter's.
  package static func select(_ names: [String], from chapters: [Chapter]) throws -> [Chapter] {
    let chosen = try names.map { name in
      guard let chapter = chapters.first(where: { $0.name == name || $0.product == name }) else {
        let known = chapters.map(\.product).joined(separator: ", ")
        throw UsageError("'\(name)': there is no such chapter; expected one of \(known)")
      }
      return chapter
    }
    return names.isEmpty ? chapters : chapters.filter(chosen.contains)
  }
}
