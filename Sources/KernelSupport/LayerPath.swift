/// Where in a network the program is: what a failed precondition adds to its message.
///
///     Fatal error: matrixProduct: 4×3 by 5×2 (in layer 1.path.0)
///
/// Networks bind the path while they call their parts; nobody reads it unless something fails. It belongs to
/// the task that calls, so kernels' worker threads have none.
public enum LayerPath {
  @TaskLocal private static var parts: [String] = []

  /// Runs `body` inside a part of a network.
  ///
  /// - Parameters:
  ///   - part: the property's name, or the number in a list: what the part's parameters are called by.
  ///   - body: what calls the part.
  public static func entering<Result>(
    _ part: String, _ body: () throws -> Result
  ) rethrows -> Result {
    try $parts.withValue(parts + [part], operation: body)
  }

  /// A message, and behind it where it comes from, if that is inside a network.
  @usableFromInline
  package static func locating(_ message: String) -> String {
    parts.isEmpty ? message : "\(message) (in layer \(parts.joined(separator: ".")))"
  }
}
