import Attention
import Backprop
import KernelSupport
import Optimizers
import TestSupport
import Testing

@Suite struct DateTests {
  private func examples(_ count: Int, seed: UInt64 = 1) -> [DateExample] {
    var generator = SeededGenerator(seed: seed)
    return (0..<count).map { _ in
      DateExample(
        CalendarDate.all[generator.integer(below: CalendarDate.all.count)], using: &generator)
    }
  }

  @Test func `the calendar has a hundred years of days`() {
    // Twenty-five leap years: 2000 was one.
    #expect(CalendarDate.all.count == 36_525)
    #expect(Set(CalendarDate.all.map(\.iso)).count == 36_525)
    let known = ["1969-07-20": 6, "2000-02-29": 1, "2009-03-14": 5, "2049-12-31": 4]
    for (iso, weekday) in known {
      #expect(CalendarDate.all.first { $0.iso == iso }?.weekday == weekday, "\(iso)")
    }
  }

  @Test func `no date is in two of three sets`() {
    let split = DateSplit(seed: 3)
    let all = split.training + split.validation + split.test
    #expect(all.count == 36_525 && Set(all).count == 36_525)
    #expect(split.training != DateSplit(seed: 4).training)
  }

  @Test func `what is copied is where the example says`() {
    for example in examples(2000) {
      let (source, target) = (Array(example.source), Array(example.target))
      #expect(target.count == 10 && example.causes.count == 10 && example.copies.count == 10)
      // Places 2 and 3 of the year and the last digit of the day are always copies.
      for place in [2, 3, 9] {
        #expect(source[example.copies[place].lowerBound] == target[place], "\(example)")
        #expect(example.causes[place] == example.copies[place])
      }
      if example.copies[8].count == 1 && example.copies[8] != example.copies[9] {
        #expect(source[example.copies[8].lowerBound] == target[8])
      }
      if example.copies[6].count == 1 {
        #expect(source[example.copies[6].lowerBound] == target[6])
      } else {
        let names = [
          "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
        ]
        let name = String(source[example.copies[6]]).prefix(3)
        #expect(names[Int(String(target[5...6]))! - 1] == name)
      }
      #expect(example.causes.allSatisfy { $0.upperBound <= source.count })
      #expect(source.allSatisfy { DateBatch.sourceCharacters.contains($0) })
    }
  }

  @Test func `slashes and dots put the day first, hyphens the month`() {
    for example in examples(3000) where example.copies[6].count < 3 {
      let (day, month) = (example.copies[9].lowerBound, example.copies[6].lowerBound)
      let year = example.copies[2].lowerBound
      let separator = Array(example.source)[
        min(example.copies[6].upperBound, example.copies[9].upperBound)]
      #expect((month < day) == (separator == "-" || year < day))
    }
  }

  @Test func `a batch is padded to its longest`() {
    let batch = DateBatch(examples(5))
    #expect(batch.time == batch.lengths.max() && batch.sources.count == 5 * batch.time)
    #expect(batch.targets.count == 50 && batch.shiftedTargets.count == 50)
    #expect(batch.shiftedTargets[10] == DateBatch.startToken)
    #expect(Array(batch.shiftedTargets[11..<20]) == Array(batch.targets[10..<19]))
  }

  @Test func `scores tell right from wrong`() {
    let examples = examples(40)
    let time = examples.map(\.source.count).max()!
    func weights(shift: Int) -> Tensor {
      var elements = [Scalar](repeating: 0, count: 400 * time)
      for (index, example) in examples.enumerated() {
        for (place, copy) in example.copies.enumerated() {
          elements[(index * 10 + place) * time + (copy.lowerBound + shift) % time] = 1
        }
      }
      return Tensor(elements, shape: [40, 10, time])
    }
    let right = examples.map(\.target)
    let perfect = DateScores(right, weights(shift: 0), examples)
    #expect(perfect.exactMatch == 1 && perfect.alignment == 1 && perfect.copyAlignment == 1)
    let shifted = DateScores(right, weights(shift: 5), examples)
    #expect(shifted.exactMatch == 1 && shifted.alignment < 0.2 && shifted.copyAlignment < 0.2)
    let wrong = DateScores(right.map { "1" + $0.dropFirst() }, nil, examples)
    #expect(wrong.exactMatch < 1 && wrong.alignment == 0)
  }

  /// Padding, and the other strings of a batch, change nothing: to the last bit but for the length of sums.
  @Test(arguments: Backend.allCases)
  func `a translation does not depend on its batch`(backend: Backend) {
    let network = translator()
    let examples = examples(6)
    Backend.$current.withValue(backend) {
      let together = network.translate(DateBatch(examples))
      for (index, example) in examples.enumerated() {
        let alone = network.translate(DateBatch([example]))
        #expect(alone.texts[0] == together.texts[index])
        for place in 0..<10 {
          let row = Array(together.weights!.row(index * 10 + place))
          expectClose(
            Array(row.prefix(example.source.count)), Array(alone.weights!.row(place)),
            within: 64 * .ulpOfOne)
          #expect(row.dropFirst(example.source.count).allSatisfy { $0 == 0 })
        }
      }
    }
  }

  private func translator() -> DateTranslator {
    var generator = SeededGenerator(seed: 2)
    return DateTranslator(units: 8, using: &generator) { width, memory, generator in
      AdditiveAttention(width, memory, units: 8, using: &generator)
    }
  }

  @Test(arguments: [1, 2, 3])
  func `training gives the same bits for every number of threads`(threads: Int) {
    func trained(_ threads: Int) -> UInt64 {
      Threads.$count.withValue(threads) {
        let network = translator()
        let found = parameters(of: network)
        var rule = Adam()
        for step in 0..<5 {
          found.clearGradients()
          network.loss(DateBatch(examples(40, seed: UInt64(step)))).backward()
          rule.step(found)
        }
        return checksum(found.flatMap { $0.variable.value.elements })
      }
    }
    #expect(trained(threads) == trained(1))
  }

  @Test func `a few steps lower the loss`() {
    let network = translator()
    let found = parameters(of: network)
    let batch = DateBatch(examples(32))
    var rule = Adam(learningRate: 0.01)
    let first = network.loss(batch).value.number
    for _ in 0..<40 {
      found.clearGradients()
      network.loss(batch).backward()
      rule.step(found)
    }
    #expect(network.loss(batch).value.number < 0.7 * first)
  }
}
