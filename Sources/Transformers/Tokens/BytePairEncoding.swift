import KernelSupport

/// A vocabulary of byte strings, and the pairs from which the longer ones were merged.
///
/// To encode a text, cut it into words, write every word as its bytes, and merge the pair of the lowest rank,
/// again and again, until no neighbours make a pair of the list. Decoding is a table. As every byte is a token,
/// there is no text that cannot be written, and none that decodes to another one.
///
/// Source: Gage, "A New Algorithm for Data Compression", 1994; Sennrich, Haddow and Birch, "Neural Machine
/// Translation of Rare Words with Subword Units", ACL 2016; over bytes: Radford et al., 2019.
public struct BytePairEncoding: Sendable {
  /// Two neighbouring tokens.
  public struct Pair: Hashable, Sendable {
    /// The left token.
    public let left: Int
    /// The right token.
    public let right: Int

    /// Creates a pair.
    public init(_ left: Int, _ right: Int) {
      self.left = left
      self.right = right
    }
  }

  /// The bytes of every token.
  public private(set) var tokens: [[UInt8]]

  /// The pairs in the order of their ranks.
  public private(set) var merges: [Pair] = []

  /// The tokens that no text is encoded to, as the end of a document: by their names.
  public private(set) var specialTokens: [String: Int] = [:]

  private var ranks: [Pair: (rank: Int, token: Int)] = [:]
  private var tokensOfBytes: [[UInt8]: Int] = [:]
  private var byteTokens: [Int]

  /// Creates the vocabulary of the 256 bytes, numbered as GPT-2 numbers them.
  public init() {
    tokens = ByteAlphabet.bytes.map { [$0] }
    byteTokens = ByteAlphabet.tokens
    for (token, bytes) in tokens.enumerated() { tokensOfBytes[bytes] = token }
  }

  /// Creates a vocabulary of given tokens and merges.
  ///
  /// - Parameters:
  ///   - tokens: the bytes of every token, each different, every single byte among them.
  ///   - merges: pairs in the order of their ranks, whose joined bytes are a token each.
  ///   - specialTokens: names of tokens that no text is encoded to; their entries in `tokens` are not looked at.
  /// - Returns: nil where a byte is missing or a merge makes no token.
  init?(tokens: [[UInt8]], merges: [Pair], specialTokens: [String: Int]) {
    self.init()
    self.tokens = tokens
    self.specialTokens = specialTokens
    tokensOfBytes = [:]
    let special = Set(specialTokens.values)
    for (token, bytes) in tokens.enumerated() where !special.contains(token) {
      tokensOfBytes[bytes] = token
    }
    for byte in 0..<256 {
      guard let token = tokensOfBytes[[UInt8(byte)]] else { return nil }
      byteTokens[byte] = token
    }
    for pair in merges {
      guard tokens.indices.contains(pair.left), tokens.indices.contains(pair.right),
        let token = tokensOfBytes[tokens[pair.left] + tokens[pair.right]]
      else { return nil }
      append(pair, making: token)
    }
  }

  /// How many tokens there are.
  public var count: Int { tokens.count }

  /// The token of these bytes, if they are one.
  public func token(of bytes: [UInt8]) -> Int? { tokensOfBytes[bytes] }

  /// Appends a merge of the next rank.
  ///
  /// - Returns: the token that it makes: a new one, unless another pair has made the same bytes.
  mutating func append(_ pair: Pair) -> Int {
    let bytes = tokens[pair.left] + tokens[pair.right]
    let token = tokensOfBytes[bytes] ?? tokens.count
    if token == tokens.count {
      tokens.append(bytes)
      tokensOfBytes[bytes] = token
    }
    append(pair, making: token)
    return token
  }

  private mutating func append(_ pair: Pair, making token: Int) {
    if ranks[pair] == nil { ranks[pair] = (merges.count, token) }
    merges.append(pair)
  }

  /// Adds a token that no text is encoded to.
  ///
  /// - Parameter name: what it is called, as `<|endoftext|>`.
  public mutating func addSpecialToken(_ name: String) {
    precondition(
      specialTokens[name] == nil, "addSpecialToken: there is a special token '\(name)' already")
    specialTokens[name] = tokens.count
    tokens.append(Array(name.utf8))
  }

  /// The tokens of a text.
  public func encode(_ text: String) -> [Int] {
    var known: [[UInt8]: [Int]] = [:]
    var result: [Int] = []
    for word in WordSplitting.words(in: text) {
      let bytes = Array(String(Substring(word)).utf8)
      if let tokens = known[bytes] {
        result += tokens
      } else {
        let tokens = encode(word: bytes)
        known[bytes] = tokens
        result += tokens
      }
    }
    return result
  }

  /// The tokens of one word: the pair of the lowest rank is merged wherever it occurs, from left to right, as long
  /// as there is one.
  func encode(word bytes: [UInt8]) -> [Int] {
    var parts = bytes.map { byteTokens[Int($0)] }
    while parts.count > 1 {
      let best = zip(parts, parts.dropFirst())
        .compactMap { pair in ranks[Pair(pair.0, pair.1)].map { ($0.rank, pair, $0.token) } }
        .min { $0.0 < $1.0 }
      guard let (_, pair, token) = best else { break }
      var merged: [Int] = []
      var i = 0
      while i < parts.count {
        if i + 1 < parts.count && parts[i] == pair.0 && parts[i + 1] == pair.1 {
          merged.append(token)
          i += 2
        } else {
          merged.append(parts[i])
          i += 1
        }
      }
      parts = merged
    }
    return parts
  }

  /// The bytes of tokens, which need not be whole characters.
  ///
  /// - Precondition: every number is that of a token.
  public func bytes(of tokens: some Sequence<Int>) -> [UInt8] {
    tokens.flatMap { token in
      precondition(
        self.tokens.indices.contains(token), "bytes: token \(token) of a vocabulary of \(count)")
      return self.tokens[token]
    }
  }

  /// The text of tokens; what is no UTF-8, as where a character is cut, becomes U+FFFD.
  public func decode(_ tokens: some Sequence<Int>) -> String {
    String(decoding: bytes(of: tokens), as: UTF8.self)
  }
}
