import Foundation

extension BytePairEncoding {
  /// Reads `vocab.json` and `merges.txt`, as GPT-2's were published.
  ///
  ///     vocab.json   { "!": 0, …, "Ġthe": 262, …, "<|endoftext|>": 50256 }    bytes as `ByteAlphabet` writes them
  ///     merges.txt   #version: 0.2, then a pair a line, in the order of their ranks
  ///
  /// A token that is no byte and that no merge makes is a special one.
  ///
  /// - Parameters:
  ///   - vocabulary: the bytes of `vocab.json`.
  ///   - vocabularyFile: what to call it in messages.
  ///   - mergeText: the text of `merges.txt`.
  ///   - mergesFile: what to call it in messages.
  /// - Throws: `ModelFileError` for JSON of another form, a gap, a token twice, a byte that is missing, and a merge that
  ///   is no pair of tokens or makes none.
  init(
    vocabulary: Data, vocabularyFile: String, mergeText: String, mergesFile: String
  ) throws(ModelFileError) {
    guard let object = try? JSONSerialization.jsonObject(with: vocabulary),
      let entries = object as? [String: Any]
    else {
      throw .malformed(file: vocabularyFile, expected: "a JSON object from tokens to numbers")
    }
    var names = [String?](repeating: nil, count: entries.count)
    for (name, value) in entries {
      guard let number = value as? NSNumber, let token = Int(exactly: number.doubleValue),
        names.indices.contains(token), names[token] == nil
      else {
        throw .badVocabulary(
          file: vocabularyFile,
          reason: "the token '\(name)' has the number \(value), expected every one from 0 to "
            + "\(entries.count - 1) once")
      }
      names[token] = name
    }
    let tokens = names.map { name in
      ByteAlphabet.bytes(of: name ?? "") ?? Array((name ?? "").utf8)
    }
    let (merges, made) = try Self.merges(mergeText, tokens: tokens, file: mergesFile)
    var special: [String: Int] = [:]
    for (token, bytes) in tokens.enumerated() where bytes.count != 1 && !made.contains(bytes) {
      special[names[token] ?? ""] = token
    }
    guard let encoding = BytePairEncoding(tokens: tokens, merges: merges, specialTokens: special)
    else {
      throw .badVocabulary(
        file: vocabularyFile, reason: "expected all 256 bytes among the tokens, one is missing")
    }
    self = encoding
  }

  /// The pairs of `merges.txt`, and the bytes that they make.
  private static func merges(
    _ text: String, tokens: [[UInt8]], file: String
  ) throws(ModelFileError) -> (pairs: [Pair], made: Set<[UInt8]>) {
    var numbers: [[UInt8]: Int] = [:]
    for (token, bytes) in tokens.enumerated() { numbers[bytes] = token }
    var pairs: [Pair] = []
    var made: Set<[UInt8]> = []
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
    {
      if line.isEmpty || (index == 0 && line.hasPrefix("#version")) { continue }
      let parts = line.split(separator: " ", omittingEmptySubsequences: false).map {
        ByteAlphabet.bytes(of: String($0))
      }
      guard parts.count == 2, let left = parts[0], let right = parts[1],
        let leftToken = numbers[left], let rightToken = numbers[right]
      else {
        throw .badMerge(
          file: file, line: index + 1, reason: "expected two tokens with a space between")
      }
      guard numbers[left + right] != nil else {
        throw .badMerge(
          file: file, line: index + 1,
          reason: "the pair makes '\(ByteAlphabet.text(left + right))', which is no token")
      }
      pairs.append(Pair(leftToken, rightToken))
      made.insert(left + right)
    }
    return (pairs, made)
  }

  /// The text of `vocab.json`.
  public var vocabularyJSON: String {
    let names = Dictionary(uniqueKeysWithValues: specialTokens.map { ($1, $0) })
    let entries = tokens.enumerated().map { token, bytes in
      let text = names[token] ?? ByteAlphabet.text(bytes)
      let escaped = text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
      return "\"\(escaped)\":\(token)"
    }
    return "{\(entries.joined(separator: ","))}"
  }

  /// The text of `merges.txt`.
  public var mergeText: String {
    (["#version: 0.2"]
      + merges.map { pair in
        [pair.left, pair.right].map { ByteAlphabet.text(tokens[$0]) }.joined(separator: " ")
      }).joined(separator: "\n") + "\n"
  }
}
