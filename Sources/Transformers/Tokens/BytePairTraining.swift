import KernelSupport

extension BytePairEncoding {
  /// Learns a vocabulary from a text: the most frequent pair of neighbours becomes a token, again and again.
  ///
  ///     cut the text into words and count them
  ///     until there are `vocabularySize` tokens:
  ///       find the pair of neighbours that occurs most often; of equals the one of the smaller tokens
  ///       append it to the merges, and merge it in every word
  ///
  /// Counts are kept up to date instead of being taken anew: a merge changes its neighbours' pairs only. The merges
  /// are the same as those of the `tokenizers` library, ties included.
  ///
  /// - Parameters:
  ///   - text: what to learn from.
  ///   - vocabularySize: how many tokens there shall be, at least 256; fewer if no pair is left.
  public init(trainedOn text: String, vocabularySize: Int) {
    precondition(
      vocabularySize >= 256,
      "BytePairEncoding: a vocabulary of \(vocabularySize) does not hold the 256 bytes")
    self.init()
    var trainer = PairCounts(text, self)
    while count < vocabularySize, let pair = trainer.mostFrequent() {
      let token = append(pair)
      trainer.merge(pair, into: token)
    }
  }
}

/// The words of a text as tokens so far, and how often every pair of neighbours occurs in them.
private struct PairCounts {
  typealias Pair = BytePairEncoding.Pair

  private var words: [[Int]] = []
  private var wordCounts: [Int] = []
  private var counts: [Pair: Int] = [:]
  private var wordsWithPair: [Pair: Set<Int>] = [:]
  private var queue = PairQueue()

  init(_ text: String, _ encoding: BytePairEncoding) {
    var numbers: [[UInt8]: Int] = [:]
    for word in WordSplitting.words(in: text) {
      let bytes = Array(String(Substring(word)).utf8)
      if let number = numbers[bytes] {
        wordCounts[number] += 1
      } else {
        numbers[bytes] = words.count
        words.append(bytes.map { ByteAlphabet.tokens[Int($0)] })
        wordCounts.append(1)
      }
    }
    for (number, word) in words.enumerated() {
      for (left, right) in zip(word, word.dropFirst()) {
        counts[Pair(left, right), default: 0] += wordCounts[number]
        wordsWithPair[Pair(left, right), default: []].insert(number)
      }
    }
    for (pair, count) in counts { queue.push(pair, count) }
  }

  /// Takes the most frequent pair out of the queue; nil if none is left.
  ///
  /// A count in the queue may be too large by now: such a pair goes back with the right one.
  mutating func mostFrequent() -> Pair? {
    while let (pair, count) = queue.pop() {
      let now = counts[pair] ?? 0
      if now == count { return now > 0 ? pair : nil }
      if now > 0 { queue.push(pair, now) }
    }
    return nil
  }

  /// Merges a pair in every word, and counts what that changes.
  mutating func merge(_ pair: Pair, into token: Int) {
    var grown: Set<Pair> = []
    for number in wordsWithPair[pair] ?? [] {
      let (old, weight) = (words[number], wordCounts[number])
      var word: [Int] = []
      var i = 0
      while i < old.count {
        guard i + 1 < old.count, old[i] == pair.left, old[i + 1] == pair.right else {
          word.append(old[i])
          i += 1
          continue
        }
        if let before = word.last {
          counts[Pair(before, pair.left), default: 0] -= weight
          counts[Pair(before, token), default: 0] += weight
          grown.insert(Pair(before, token))
          wordsWithPair[Pair(before, token), default: []].insert(number)
        }
        if i + 2 < old.count {
          counts[Pair(pair.right, old[i + 2]), default: 0] -= weight
          counts[Pair(token, old[i + 2]), default: 0] += weight
          grown.insert(Pair(token, old[i + 2]))
          wordsWithPair[Pair(token, old[i + 2]), default: []].insert(number)
        }
        word.append(token)
        i += 2
      }
      words[number] = word
    }
    counts[pair] = nil
    for pair in grown {
      if let count = counts[pair], count > 0 { queue.push(pair, count) }
    }
  }
}

/// Pairs by their counts, the largest first; of equal ones that of the smaller tokens. A binary heap.
private struct PairQueue {
  private var entries: [(pair: BytePairEncoding.Pair, count: Int)] = []

  mutating func push(_ pair: BytePairEncoding.Pair, _ count: Int) {
    entries.append((pair, count))
    var child = entries.count - 1
    while child > 0, isBefore(child, (child - 1) / 2) {
      entries.swapAt(child, (child - 1) / 2)
      child = (child - 1) / 2
    }
  }

  mutating func pop() -> (pair: BytePairEncoding.Pair, count: Int)? {
    guard let first = entries.first, let last = entries.popLast() else { return nil }
    guard !entries.isEmpty else { return first }
    entries[0] = last
    var parent = 0
    while true {
      let children = [2 * parent + 1, 2 * parent + 2].filter { $0 < entries.count }
      guard let child = children.min(by: isBefore), isBefore(child, parent) else { return first }
      entries.swapAt(child, parent)
      parent = child
    }
  }

  private func isBefore(_ a: Int, _ b: Int) -> Bool {
    let (x, y) = (entries[a], entries[b])
    if x.count != y.count { return x.count > y.count }
    return (x.pair.left, x.pair.right) < (y.pair.left, y.pair.right)
  }
}
