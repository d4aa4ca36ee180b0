import Foundation
import KernelSupport

/// What a run of a chapter's notebook would change in its document and figures.
package struct ChapterReview {
  /// Everything that drifted, each in a few lines that name the document and the cell.
  package private(set) var differences: [String] = []

  /// What is wrong and only an author can put right: cells that have no block in the document.
  package private(set) var omissions: [String] = []

  private let chapter: Chapter
  private var document: Document
  private var isDocumentChanged = false
  private var newFigures: [(file: String, content: Data)] = []
  private var staleFigures: [String] = []
  private let ran: Set<String>

  /// Compares a run with what lies on the disk; changes nothing.
  ///
  /// - Parameters:
  ///   - chapter: the chapter.
  ///   - record: what its notebook showed.
  ///   - figures: the folder that the run wrote its figures into.
  ///   - isOnMNIST: whether the run was one on MNIST, which concerns the blocks of such results only.
  ///     A run on the embedded digits concerns all the rest.
  ///   - until: the cell that the run was to stop after; what follows it is left as it is. `nil` for a whole run.
  /// - Throws: `MissingInput` or `SourceError` for a document or notebook that cannot be read.
  package init(
    of chapter: Chapter, record: NotebookRecord, figures: URL, isOnMNIST: Bool = false,
    until: String? = nil
  ) throws {
    self.chapter = chapter
    ran = Set(record.cells.map(\.name))
    guard let text = try? String(contentsOf: chapter.document, encoding: .utf8) else {
      throw MissingInput(
        path: chapter.documentPath, expected: "the chapter's document, with a block for every cell")
    }
    document = try Document(text, file: chapter.documentPath)
    let cells = try SourceCell.cells(inFile: chapter.notebook)
    let end = until.flatMap { name in cells.firstIndex { $0.name == name } } ?? cells.count - 1
    guard cells.prefix(end + 1).map(\.name) == record.cells.map(\.name) else {
      throw SourceError(
        file: "Chapters/\(chapter.name)/main.swift", line: nil,
        "has the cells \(cells.map(\.name)), but those that ran are \(record.cells.map(\.name))")
    }
    let weaver = Weaver(
      cells: cells, record: record, root: chapter.root,
      dataCommand: "swift run -c release \(chapter.product) --data DIR")
    let changedCells = try reviewBlocks(weaver, onMNIST: isOnMNIST)
    if !isOnMNIST {
      try reviewFigures(record, folder: figures, changedCells: changedCells)
      guard until == nil else { return }
      reviewCoverage(cells)
      reviewStaleFigures(record)
    }
  }

  /// Compares every block, and puts its new content where it does not agree with the old one.
  ///
  /// - Returns: the names of the cells whose blocks changed.
  private mutating func reviewBlocks(_ weaver: Weaver, onMNIST: Bool) throws -> Set<String> {
    var changedCells: Set<String> = []
    for (index, part) in document.parts.enumerated() {
      guard case .block(let block, let old) = part, block.isOnMNIST == onMNIST else { continue }
      if let cell = block.cell, !ran.contains(cell),
        weaver.cells.contains(where: { $0.name == cell })
      {
        continue
      }
      let new = try weaver.content(of: block, in: chapter.documentPath)
      guard let difference = firstDifference(old: old, new: new) else { continue }
      if let cell = block.cell { changedCells.insert(cell) }
      differences.append("\(chapter.documentPath):\(block.line): \(block.title) \(difference)")
      isDocumentChanged = true
      document.parts[index] = .block(block, content: new.map { VolatileText.shown($0.text) })
    }
    return changedCells
  }

  private func firstDifference(old: [String], new: [WovenLine]) -> String? {
    for index in 0..<max(old.count, new.count) {
      let was = index < old.count ? old[index] : nil
      let line = index < new.count ? new[index] : nil
      if let was, let line, line.agrees(with: was) { continue }
      let shown = [was, line.map { VolatileText.shown($0.text) }].map { $0 ?? "(no line)" }
      return "differs in its line \(index + 1)\n  old: \(shown[0])\n  new: \(shown[1])"
    }
    return nil
  }

  private mutating func reviewCoverage(_ cells: [SourceCell]) {
    let shown = Set(document.blocks.filter { !$0.isOnMNIST }.compactMap(\.cell))
    omissions = cells.map(\.name).filter { !shown.contains($0) }.map { name in
      "\(chapter.documentPath): the notebook's cell '\(name)' has no block; "
        + "expected '<!-- cell: \(name) -->'"
    }
  }

  private mutating func reviewFigures(
    _ record: NotebookRecord, folder: URL, changedCells: Set<String>
  ) throws {
    for cell in record.cells {
      for case .figure(let file, _, let isVolatile) in cell.outputs {
        guard let new = try? Data(contentsOf: folder.appending(path: file)) else {
          throw MissingInput(path: file, expected: "the figure that cell '\(cell.name)' has drawn")
        }
        let old = try? Data(contentsOf: chapter.figures.appending(path: file))
        if isVolatile, old != nil, !changedCells.contains(cell.name) { continue }
        if let reason = figureDifference(old: old, new: new, file: file) {
          newFigures.append((file, new))
          differences.append(
            "Figures/\(chapter.name)/\(file): the figure of cell '\(cell.name)' \(reason)")
        }
      }
    }
  }

  private mutating func reviewStaleFigures(_ record: NotebookRecord) {
    let written = record.cells.flatMap(\.outputs).compactMap { output -> String? in
      if case .figure(let file, _, _) = output { file } else { nil }
    }
    let present = (try? FileManager.default.contentsOfDirectory(atPath: chapter.figures.path)) ?? []
    staleFigures = present.sorted().filter { name in
      (name.hasSuffix(".svg") || name.hasSuffix(".png")) && !written.contains(name)
    }
    differences += staleFigures.map { "Figures/\(chapter.name)/\($0): no cell draws this figure" }
  }

  private func figureDifference(old: Data?, new: Data, file: String) -> String? {
    guard let old else { return "is missing" }
    let fileExtension = String(file.split(separator: ".").last ?? "")
    return FigureComparison.difference(old: old, new: new, fileExtension: fileExtension)
      .map { "differs: \($0)" }
  }

  /// Writes what changed, each file whole; figures come first, so that a document finds its own.
  ///
  /// - Throws: `WriteError`.
  package func apply() throws {
    for figure in newFigures {
      try writeWhole(figure.content, to: chapter.figures.appending(path: figure.file))
    }
    if isDocumentChanged { try writeWhole(Data(document.text.utf8), to: chapter.document) }
    for file in staleFigures {
      try removeFile(chapter.figures.appending(path: file))
    }
  }

  /// What `apply` rewrites, in a few words: `nothing`, `document`, `document, 2 figures`.
  package var summary: String {
    let count = newFigures.count + staleFigures.count
    let parts =
      (isDocumentChanged ? ["document"] : [])
      + (count > 0 ? [count == 1 ? "1 figure" : "\(count) figures"] : [])
    return parts.isEmpty ? "nothing" : parts.joined(separator: ", ")
  }
}

extension Block {
  /// The cell that the block is about, unless it quotes a source file.
  fileprivate var cell: String? {
    switch kind {
    case .cell(let name, _, _), .foldedCell(let name, _), .mnist(let name): name
    case .quote: nil
    }
  }

  /// Whether it holds results on MNIST.
  fileprivate var isOnMNIST: Bool {
    if case .mnist = kind { true } else { false }
  }

  /// What messages call it.
  fileprivate var title: String {
    switch kind {
    case .cell(let name, _, _), .foldedCell(let name, _): "cell '\(name)'"
    case .mnist(let name): "cell '\(name)' on MNIST"
    case .quote(let file, let name, _): "the quotation of '\(name)' from \(file)"
    }
  }
}
