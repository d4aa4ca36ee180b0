import KernelSupport

/// A reader's answers to the exercises of a chapter.
///
/// Each chapter refines it by a protocol with one requirement for every programming exercise; the checks
/// are generic over that, so the same ones grade any answers.
public protocol Coursework: SendableMetatype {}

/// What an exercise throws until somebody has answered it.
public struct Unanswered: Error, CustomStringConvertible {
  /// Creates the error.
  public init() {}

  /// What is reported.
  public var description: String { "not answered yet" }
}

// Answers see neither exercises nor checks, which are the package's own: what they cannot name they cannot
// call, shorten, or take apart by reflection.
extension Coursework {
  /// The chapter's product, such as `backprop`.
  package static var chapter: String { sheet.chapter }

  /// The exercises in the order of the chapter.
  package static var exercises: [Exercise] { sheet.exercises }

  /// Both, as the chapter's protocol has them, whatever the answers declare themselves.
  private static var sheet: (chapter: String, exercises: [Exercise]) {
    switch self {
    case let answers as any PerceptronsExercises.Type: (answers.chapter, answers.exercises)
    case let answers as any BackpropExercises.Type: (answers.chapter, answers.exercises)
    case let answers as any OptimizersExercises.Type: (answers.chapter, answers.exercises)
    case let answers as any CNNExercises.Type: (answers.chapter, answers.exercises)
    case let answers as any RNNExercises.Type: (answers.chapter, answers.exercises)
    case let answers as any AttentionExercises.Type: (answers.chapter, answers.exercises)
    case let answers as any TransformersExercises.Type: (answers.chapter, answers.exercises)
    case let answers as any GANExercises.Type: (answers.chapter, answers.exercises)
    case let answers as any AutoencodersExercises.Type: (answers.chapter, answers.exercises)
    default: preconditionFailure("\(self) answers no chapter's exercises")
    }
  }
}
