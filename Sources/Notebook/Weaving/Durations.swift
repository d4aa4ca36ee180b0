import Foundation
import KernelSupport

/// How long each chapter took when it was last run, kept beside what builds have made.
package struct Durations {
  private let file: URL
  private var seconds: [String: Double]

  /// Reads what earlier runs have noted; nothing if there is no such file yet.
  package init(file: URL) {
    self.file = file
    let data = (try? contents(ofFile: file.path)) ?? Data()
    seconds = (try? JSONDecoder().decode([String: Double].self, from: data)) ?? [:]
  }

  /// How long a chapter took, in seconds, or `nil` if nobody knows.
  package subscript(chapter: Chapter) -> Double? { seconds[chapter.name] }

  /// Notes how long a chapter took. A note that cannot be written is not missed.
  mutating func note(_ chapter: Chapter, seconds duration: Double) {
    seconds[chapter.name] = duration
    guard let data = try? JSONEncoder().encode(seconds) else { return }
    try? writeWhole(data, to: file)
  }

  /// About how long chapters will take: one that nobody knows as long as the average of the others.
  ///
  /// - Returns: seconds, or `nil` if nothing is known of any.
  func estimate(for chapters: some Collection<Chapter>) -> Double? {
    let known = chapters.compactMap { self[$0] }
    guard !known.isEmpty else { return nil }
    return known.reduce(0, +) / Double(known.count) * Double(chapters.count)
  }
}
