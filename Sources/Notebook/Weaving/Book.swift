import Foundation
import KernelSupport

/// The whole book, or some chapters of it: runs their notebooks and brings documents and figures up to date.
package struct Book {
  /// What a run of the book does with what it finds.
  package enum Task: Equatable {
    /// Rewrites what drifted.
    case weave
    /// Changes nothing and reports what drifted.
    case check
  }

  /// The chapters to run.
  package var chapters: [Chapter]
  /// What to do.
  package var task: Task
  /// The folder of MNIST, or `nil` for the embedded digits.
  package var dataFolder: String?
  /// The cell to stop after, or `nil` for all of them.
  package var until: String?
  /// How long the chapters took before.
  package var durations: Durations
  /// Tells the reader how far it is, a line a call.
  package var report: (String) -> Void

  /// Creates a run of the book.
  package init(
    chapters: [Chapter], task: Task, dataFolder: String? = nil, until: String? = nil,
    durations: Durations, report: @escaping (String) -> Void
  ) {
    self.chapters = chapters
    self.task = task
    self.dataFolder = dataFolder
    self.until = until
    self.durations = durations
    self.report = report
  }

  /// Runs the notebooks one after the other.
  ///
  /// - Parameter products: the folder of the built notebooks.
  /// - Returns: what is wrong: all that drifted for `.check`; for `.weave` what only an author can put
  ///   right. Empty if all is well.
  /// - Throws: what keeps a chapter from being run or written; chapters before it are complete then.
  package mutating func run(products: URL) throws -> [String] {
    var problems: [String] = []
    for (index, chapter) in chapters.enumerated() {
      let left = durations.estimate(for: chapters[index...]).map { Int($0.rounded()) }
      let leftText = left.map { ", about \(minutesText($0)) left for the book" } ?? ""
      report("\(chapter.name): running\(until == nil ? leftText : "")")
      let folder = FileManager.default.temporaryDirectory
        .appending(path: "book-\(UUID().uuidString)")
      defer { try? FileManager.default.removeItem(at: folder) }
      let run = try ChapterRun(
        of: chapter, executable: products.appending(path: chapter.product), into: folder,
        dataFolder: dataFolder, until: until)
      // A run of another kind says nothing about the next one.
      if dataFolder == nil, until == nil { durations.note(chapter, seconds: run.seconds) }
      let review = try ChapterReview(
        of: chapter, record: run.record, figures: run.figures,
        isOnMNIST: dataFolder != nil, until: until)
      if task == .weave { try review.apply() }
      problems += review.omissions + (task == .check ? review.differences : [])
      let verb = task == .weave ? "rewrote" : "would rewrite"
      let memory = megabytesText(run.record.peakMemory)
      report(
        "\(chapter.name): \(fixed(run.seconds, 1)) s, \(memory), \(verb) \(review.summary)")
    }
    return problems
  }
}
