/// A reader's answers to the exercises of a chapter.
///
/// Each chapter refines it by a protocol with one requirement for every programming exercise; the checks
/// are generic over that, so the same ones grade any answers.
public protocol Coursework: SendableMetatype {
  /// The chapter's product, such as `backprop`.
  static var chapter: String { get }

  /// The exercises in the order of the chapter.
  static var exercises: [Exercise] { get }
}

/// What an exercise throws until somebody has answered it.
public struct Unanswered: Error, CustomStringConvertible {
  /// Creates the error.
  public init() {}

  /// What is reported.
  public var description: String { "not answered yet" }
}
