/// The namespace of definitions: loops that read like the formula.
///
/// Each chapter's module extends it with the kernels that the chapter introduces.
public enum Naive {}

/// The namespace of fast kernels: vectors, blocks and threads, the same results up to rounding.
///
/// Each chapter's module extends it beside `Naive`, and a protocol that both conform to lets the
/// compiler prove that no operation is missing from either.
public enum Fast {}

/// Which of the two implementations of every kernel is in use.
///
/// Each chapter adds a property that picks its kernels, and every operation above the kernels goes
/// through it, so one choice switches a whole network:
///
///     let slow = Backend.$current.withValue(.naive) { network(images) }
public enum Backend: String, CaseIterable, Sendable {
  /// The definitions.
  case naive
  /// The fast kernels.
  case fast

  /// The backend of the current task: `LaunchSettings.backend` unless a caller binds another.
  @TaskLocal public static var current = LaunchSettings.current.backend
}
