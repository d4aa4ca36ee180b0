import KernelSupport

/// A text cut into streams that are read side by side, a window at a time, each from where the last one ended.
///
///     stream s = tokens[s · n ..< (s + 1) · n],   n = ⌊(count − 1) / streams⌋
///
/// Window w of every stream holds `length` tokens, and the targets are the tokens that follow each. Windows in their
/// order let a state be carried on, as if each stream were read in one go; in any other order it would be
/// carried into the middle of something else.
public struct TextStreams: Sendable {
  private let tokens: [Int]
  private let streamLength: Int
  /// How many streams are read side by side.
  public let streamCount: Int
  /// How many tokens a window has.
  public let windowLength: Int

  /// Cuts a text.
  ///
  /// - Parameters:
  ///   - tokens: the text; what does not fill a window of all streams is left out.
  ///   - streamCount: how many streams, at least 1.
  ///   - windowLength: how many tokens a window has, at least 1.
  /// - Precondition: there is enough for one window.
  public init(_ tokens: [Int], streamCount: Int, windowLength: Int) {
    precondition(
      streamCount >= 1 && windowLength >= 1 && tokens.count > streamCount * windowLength,
      "TextStreams: \(tokens.count) tokens for \(streamCount) streams of \(windowLength)")
    self.tokens = tokens
    self.streamCount = streamCount
    self.windowLength = windowLength
    streamLength = (tokens.count - 1) / streamCount
  }

  /// How many windows each stream has.
  public var windowCount: Int { streamLength / windowLength }

  /// The tokens of a window and those that follow each of them, both [streamCount, windowLength].
  ///
  /// - Parameter index: the window's number, below `windowCount`.
  public func window(_ index: Int) -> (tokens: [Int], targets: [Int]) {
    precondition(
      (0..<windowCount).contains(index), "TextStreams: window \(index) of \(windowCount)")
    func cut(_ offset: Int) -> [Int] {
      (0..<streamCount).flatMap { stream in
        let start = stream * streamLength + index * windowLength + offset
        return tokens[start..<start + windowLength]
      }
    }
    return (cut(0), cut(1))
  }
}
