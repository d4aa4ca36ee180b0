import Foundation
import Testing
import Transformers

/// What the `tokenizers` library learned and encoded.
struct TokenFixture: Decodable {
  struct Text: Decodable {
    let text: String
    let tokens: [Int]
  }
  let merges: [[String]]
  let vocabulary: [String: Int]
  let texts: [Text]

  static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(
    path: "Fixtures")

  static func load() throws -> TokenFixture {
    try JSONDecoder().decode(
      TokenFixture.self, from: Data(contentsOf: folder.appending(path: "tokens.json")))
  }

  static var trainingText: String {
    get throws {
      try String(contentsOf: folder.appending(path: "training.txt"), encoding: .utf8)
    }
  }
}

@Suite struct TokenTests {
  @Test func `training finds the merges of tokenizers, ties included`() throws {
    let fixture = try TokenFixture.load()
    let encoding = BytePairEncoding(
      trainedOn: try TokenFixture.trainingText, vocabularySize: fixture.vocabulary.count)
    let merges = encoding.merges.map { pair in
      [pair.left, pair.right].map { ByteAlphabet.text(encoding.tokens[$0]) }
    }
    #expect(merges == fixture.merges)
    for (token, bytes) in encoding.tokens.enumerated() {
      #expect(fixture.vocabulary[ByteAlphabet.text(bytes)] == token)
    }
  }

  @Test func `awkward texts are encoded as tokenizers encodes them`() throws {
    let fixture = try TokenFixture.load()
    let encoding = BytePairEncoding(
      trainedOn: try TokenFixture.trainingText, vocabularySize: fixture.vocabulary.count)
    for text in fixture.texts {
      #expect(encoding.encode(text.text) == text.tokens, "\(text.text.debugDescription)")
      #expect(Array(encoding.decode(text.tokens).utf8) == Array(text.text.utf8))
    }
  }

  @Test func `every byte is a token, and GPT-2's numbers are right`() {
    let encoding = BytePairEncoding()
    #expect(encoding.count == 256)
    #expect(encoding.encode(" ") == [220] && encoding.encode("!") == [0])
    #expect(ByteAlphabet.text([32, 10]) == "ĠĊ")
    #expect(ByteAlphabet.bytes(of: "ĠĊ") == [32, 10] && ByteAlphabet.bytes(of: "€") == nil)
    let all = (0...255).map { UInt8($0) }
    #expect(encoding.bytes(of: all.map { ByteAlphabet.tokens[Int($0)] }) == all)
  }

  @Test func `tokens may end inside a character`() {
    let encoding = BytePairEncoding()
    let tokens = encoding.encode("é")
    #expect(tokens.count == 2)
    #expect(encoding.decode(tokens) == "é" && encoding.decode(tokens.prefix(1)) == "\u{FFFD}")
  }

  @Test func `canonically equivalent texts keep their own bytes`() {
    let encoding = BytePairEncoding(trainedOn: "é é é e\u{301} e\u{301}", vocabularySize: 262)
    #expect(encoding.encode("é") != encoding.encode("e\u{301}"))
    for text in ["é", "e\u{301}"] {
      #expect(Array(encoding.decode(encoding.encode(text)).utf8) == Array(text.utf8))
    }
  }

  @Test(
    arguments: [
      ("I'll don't", ["I", "'ll", " don", "'t"]), ("a  b", ["a", " ", " b"]),
      ("a \n b", ["a", " \n", " b"]), ("a\r\nb", ["a", "\r", "\n", "b"]),
      ("WE'LL 's", ["WE", "'", "LL", " '", "s"]), ("x  ", ["x", "  "]),
      ("12,000 ½Ⅷ", ["12", ",", "000", " ½Ⅷ"]), ("a\u{A0}b", ["a", "\u{A0}", "b"]),
      ("'s", ["'s"]), ("''s", ["''", "s"]), ("", []),
    ] as [(String, [String])])
  func `words are cut by GPT-2's rule`(text: String, words: [String]) {
    let found = WordSplitting.words(in: text).map { String(Substring($0)) }
    #expect(found.map { Array($0.utf8) } == words.map { Array($0.utf8) }, "\(found)")
  }

  @Test func `special tokens are never encoded from text`() {
    var encoding = BytePairEncoding()
    encoding.addSpecialToken("<|endoftext|>")
    #expect(encoding.specialTokens == ["<|endoftext|>": 256] && encoding.count == 257)
    #expect(!encoding.encode("<|endoftext|>").contains(256))
    #expect(encoding.decode([256]) == "<|endoftext|>")
  }

  @Test func `training ends when no pair is left`() {
    let encoding = BytePairEncoding(trainedOn: "ab ab", vocabularySize: 1000)
    #expect(encoding.merges.count == 2 && encoding.encode("ab ab").count == 2)
  }
}
