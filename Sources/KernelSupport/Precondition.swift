/// Stops the program with a message unless a condition holds, in debug and release builds alike.
///
/// It takes the place of the standard library's, which drops the message wherever code is optimised. The
/// kernels always are, and "illegal instruction" tells nobody that two shapes did not fit. It is this
/// package's only: who imports a module of the book's keeps the standard one. Inside a network the message
/// tells the layer too.
///
/// - Parameters:
///   - condition: what must hold.
///   - message: the operation and what it got; only made when the condition fails.
///   - file: the file to name: the caller's.
///   - line: the line to name: the caller's.
@inlinable @inline(__always)
package func precondition(
  _ condition: @autoclosure () -> Bool, _ message: @autoclosure () -> String,
  file: StaticString = #fileID, line: UInt = #line
) {
  guard condition() else { fatalError(LayerPath.locating(message()), file: file, line: line) }
}

/// Stops the program with a message, in debug and release builds alike.
///
/// It takes the place of the standard library's for the same reason as `precondition` does.
///
/// - Parameters:
///   - message: the operation and what it got.
///   - file: the file to name: the caller's.
///   - line: the line to name: the caller's.
@inlinable
package func preconditionFailure(
  _ message: @autoclosure () -> String, file: StaticString = #fileID, line: UInt = #line
) -> Never {
  fatalError(LayerPath.locating(message()), file: file, line: line)
}
