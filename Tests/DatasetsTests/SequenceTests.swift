import Datasets
import Foundation
import KernelSupport
import TestSupport
import Testing

@Suite struct GrammarTests {
  let grammar = StochasticGrammar.seaside

  /// Every sentence of the grammar with its probability.
  private func all(_ state: Int? = 0, _ text: String = "", _ p: Double = 1) -> [(String, Double)] {
    guard let state else { return [(text, p)] }
    return grammar.states[state].flatMap { all($0.next, text + $0.text, p * $0.probability) }
  }

  @Test func `entropy, length and the likeliest sentence are those of all sentences`() {
    let sentences = all()
    #expect(Set(sentences.map(\.0)).count == sentences.count, "a text tells its choices")
    #expect(abs(sentences.reduce(0) { $0 + $1.1 } - 1) < 1e-12)
    #expect(abs(sentences.reduce(0) { $0 - $1.1 * log($1.1) } - grammar.entropy) < 1e-12)
    let length = sentences.reduce(0) { $0 + $1.1 * Double($1.0.count) }
    #expect(abs(length - grammar.meanLength) < 1e-12)
    let best = sentences.max { $0.1 < $1.1 }!
    #expect(grammar.likeliestSentence.text == best.0)
    #expect(abs(grammar.likeliestSentence.logProbability - log(best.1)) < 1e-12)
    for (text, p) in sentences { #expect(abs(grammar.logProbability(of: text) - log(p)) < 1e-12) }
  }

  @Test func `sentences are drawn as often as they are probable`() {
    var generator = SeededGenerator(seed: 1)
    let count = 4000
    let sum = (0..<count).reduce(0.0) { sum, _ in
      sum - grammar.logProbability(of: grammar.sentence(using: &generator))
    }
    let all = all()
    let mean = grammar.entropy
    let variance = all.reduce(0) { $0 + $1.1 * (log($1.1) + mean) * (log($1.1) + mean) }
    // Four standard deviations of a mean; the seed is fixed.
    #expect(abs(sum / Double(count) - mean) < 4 * (variance / Double(count)).squareRoot())
  }

  @Test(arguments: ["", "a sailor sing.\n", "two sailor sing.\n", "a sailor sings.\na", "a sailor"])
  func `what is no sentence has no probability`(text: String) {
    #expect(grammar.logProbability(of: text) == -.infinity)
  }
}

@Suite struct SequenceTaskTests {
  @Test func `guessing 1 errs by a sixth in adding`() {
    var generator = SeededGenerator(seed: 2)
    let (steps, sums) = MemoryTasks.adding(count: 4000, length: 9, using: &generator)
    for n in 0..<4000 {
      let own = Array(steps[n * 18..<(n + 1) * 18])
      let marked = (0..<9).filter { own[2 * $0 + 1] == 1 }
      #expect(marked.count == 2 && marked[0] < 4 && marked[1] >= 4)
      #expect(sums[n] == own[2 * marked[0]] + own[2 * marked[1]])
    }
    let error = sums.reduce(0) { $0 + Double(($1 - 1) * ($1 - 1)) } / 4000
    // The square of the sum's distance from 1 has a standard deviation of 0.18: four of its mean.
    #expect(abs(error - 1.0 / 6) < 4 * 0.18 / 4000.0.squareRoot())
  }

  @Test func `copying asks for the first ten symbols at the end`() {
    var generator = SeededGenerator(seed: 3)
    let (symbols, answers) = MemoryTasks.copying(count: 2, delay: 5, using: &generator)
    for n in 0..<2 {
      let (seen, said) = (symbols[n * 25..<(n + 1) * 25], answers[n * 25..<(n + 1) * 25])
      #expect(
        Array(seen.prefix(10)) == Array(said.suffix(10)) && seen.prefix(10).allSatisfy { $0 < 8 })
      #expect(Array(seen.dropFirst(10)) == [8, 8, 8, 8, 9] + Array(repeating: 8, count: 10))
      #expect(said.prefix(15).allSatisfy { $0 == 8 })
    }
    #expect(abs(MemoryTasks.copyingFloor(delay: 50) - 10 * log(8) / 70) < 1e-12)
  }

  @Test(arguments: [false, true])
  func `sums are right, and no question occurs twice`(isReversed: Bool) {
    var generator = SeededGenerator(seed: 4)
    let sums = SumQuestions(count: 300, digits: 2, reversed: isReversed, using: &generator)
    #expect(Set(sums.questions).count == 300)
    for n in 0..<300 {
      let question = sums.questions[n].prefix(sums.lengths[n])
      let text = SumQuestions.text(isReversed ? question.reversed() : Array(question))
      let parts = text.split(separator: "+").compactMap { Int($0) }
      let answer = SumQuestions.text(sums.answers[n])
      #expect(answer.prefix { $0 != "." } == "\(parts[0] + parts[1])" && answer.count == 4)
      #expect(sums.questions[n].count == 5)
    }
  }
}

@Suite struct TextFileTests {
  private func write(_ bytes: [UInt8], name: String = "text") throws -> (TemporaryFolder, String) {
    let folder = try TemporaryFolder()
    let path = folder.url.appending(path: name).path
    try Data(bytes).write(to: URL(filePath: path))
    return (folder, path)
  }

  @Test func `a text is read with its line ends made one`() throws {
    let (folder, path) = try write(Array("ein Vögelchen\r\nsingt\n".utf8))
    #expect(try TextFile.read(path) == "ein Vögelchen\nsingt\n")
    _ = folder
  }

  /// What may be wrong with a file, what is said of it, and the status with which a command ends.
  @Test(
    arguments: [
      ("empty", [], 65, "0 characters; expected at least 5"),
      ("short", Array("four".utf8), 65, "4 characters; expected at least 5"),
      (
        "latin", [0x61, 0x62, 0xFF, 0x63], 65,
        "byte 2 begins no character of UTF-8; expected a text"
      ),
      (
        "cut", Array("Vögel".utf8.prefix(2)), 65,
        "byte 1 begins no character of UTF-8; expected a text"
      ),
      ("long", Array("12345678901234567".utf8), 65, "expected a text of at most 16 bytes"),
      ("varied", Array("abcdefgh".utf8), 65, "8 different characters; expected at most 7"),
      (
        "cut.gz", [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 0x4B], 65,
        "not an intact gzip file; gzip ended with status 1"
      ),
      (
        "plain.gz", Array("no gzip".utf8), 65, "not an intact gzip file; gzip ended with status 1"
      ),
    ] as [(String, [UInt8], Int32, String)])
  func `a bad text is one clear line and a status`(
    name: String, bytes: [UInt8], status: Int32, line: String
  ) throws {
    let (folder, path) = try write(bytes, name: name)
    defer { _ = folder }
    do {
      _ = try TextFile.read(path, atLeast: 5, atMost: 16, variety: 7)
      Issue.record("\(name) was read")
    } catch let error as any ReportedError {
      #expect("\(error)" == "\(path): \(line)")
      #expect(error.exitStatus.rawValue == status)
    }
  }

  @Test func `what is no file is no text`() throws {
    let (folder, path) = try write(Array("text".utf8))
    let pipe = folder.path("pipe")
    try #require(unsafe mkfifo(pipe, 0o600) == 0)
    for place in [folder.url.path, pipe] {
      #expect(throws: TextError.notAFile(place)) { try TextFile.read(place) }
    }
    #expect(throws: TextError.missing(path + "x")) { try TextFile.read(path + "x") }
    #expect(TextError.notAFile(pipe).exitStatus == .badData)
    #expect(TextError.missing(path).exitStatus == .missingInput)
    let reason = "a file stands where a folder should be"
    #expect(throws: DatasetError.unreadable(file: path + "/below", reason: reason)) {
      try TextFile.read(path + "/below")
    }
  }

  @Test func `a text of one character repeated, and one of as many as are allowed, are read`()
    throws
  {
    let (one, onePath) = try write(Array(repeating: 0x61, count: 5000))
    #expect(Vocabulary(of: try TextFile.read(onePath)).count == 1)
    // Three planes of Unicode have that many characters, assigned or not.
    let scalars = (0..<100_000).compactMap { index in
      let (plane, place) = index.quotientAndRemainder(dividingBy: 40_000)
      return Unicode.Scalar(UInt32(0x2_0000 + 0x1_0000 * plane + place))
    }
    let varied = String(String.UnicodeScalarView(scalars))
    let (many, manyPath) = try write(Array(varied.utf8))
    let count = Set(varied).count
    #expect(throws: TextError.tooVaried(manyPath, found: count, limit: 10_000)) {
      try TextFile.read(manyPath)
    }
    #expect(Vocabulary(of: try TextFile.read(manyPath, variety: count)).count == count)
    _ = (one, many)
  }

  @Test func `a vocabulary knows its characters and no others`() throws {
    let vocabulary = Vocabulary(of: "banana\n")
    #expect(vocabulary.characters == ["\n", "a", "b", "n"])
    #expect(vocabulary.encode("nab") == [3, 1, 2])
    #expect(vocabulary.encode("nap") == nil)
    #expect(vocabulary.decode([2, 1, 3]) == "ban")
    let data = try JSONEncoder().encode(vocabulary)
    #expect(try JSONDecoder().decode(Vocabulary.self, from: data) == vocabulary)
    #expect(vocabulary.json == #"["\n","a","b","n"]"#)
  }
}
