import KernelSupport

/// A date as somebody might write it, as ISO 8601 does, and which characters of the one determine which of the other.
///
/// The last is what makes attention measurable: a network that translates dates is told the first two only, and
/// what it looks at can be compared with the third.
public struct DateExample: Sendable {
  /// What is read, in lower case: `meeting on sat, 14th of march 2009`.
  public let source: String
  /// What is to be written: `2009-03-14`.
  public let target: String
  /// For every character of the target the places of the source's characters that determine it; empty for what
  /// follows from the target alone: the hyphens, and the second digit of a century that is 19 or 20.
  ///
  /// A digit that is copied is determined by its copy, one that a name stands for by the name. A single digit gets a 0
  /// before it because of what ends it: both the digit and the character after it tell that. The
  /// century's first digit follows from either digit of it, and also from the decade, which is from 50 on in one century
  /// and below it in the other.
  public let causes: [Range<Int>]

  /// For every digit of the target its copy or the name that stands for it, whatever else would tell it: the strict
  /// sense of `causes`. The century of a year of two digits has no copy and gets both of them.
  public let copies: [Range<Int>]

  /// Writes a date in one of many ways.
  ///
  /// Which number is the month where both could be? A rule settles it, as people settle it by where they live: after
  /// a slash or a dot the day came first, after a hyphen the month, and a year of four digits at the beginning
  /// is followed by the month. Years of two digits are those from 1950 to 2049.
  ///
  /// - Parameters:
  ///   - date: the date.
  ///   - generator: chooses how it is written.
  public init(_ date: CalendarDate, using generator: inout some RandomNumberGenerator) {
    var writer = DateWriter(date: date)
    writer.writeNoise(before: true, using: &generator)
    switch generator.integer(below: 8) {
    case 0: writer.writeNumbers(separator: "/", monthFirst: false, using: &generator)
    case 1: writer.writeNumbers(separator: "-", monthFirst: true, using: &generator)
    case 2: writer.writeNumbers(separator: ".", monthFirst: false, using: &generator)
    case 3: writer.writeYearFirst(using: &generator)
    case 4, 5: writer.writeDayAndName(using: &generator)
    default: writer.writeNameAndDay(using: &generator)
    }
    writer.writeNoise(before: false, using: &generator)
    source = writer.text
    target = date.iso
    let (year, month, day) = (writer.year, writer.month, writer.day)
    let nothing = 0..<0
    /// The copies of the two digits of a month or a day.
    func digits(_ range: Range<Int>, isName: Bool = false) -> [Range<Int>] {
      isName || range.count != 2
        ? [range, range]
        : [range.lowerBound..<range.lowerBound + 1, range.lowerBound + 1..<range.upperBound]
    }
    let (months, days) = (digits(month, isName: writer.isMonthNamed), digits(day))
    let decade = year.upperBound - 2..<year.upperBound - 1
    let lastYear = year.upperBound - 1..<year.upperBound
    let century = year.lowerBound..<year.lowerBound + 2
    copies = [century, century, decade, lastYear, nothing] + months + [nothing] + days
    /// A single digit and what ends it.
    func orEnd(_ range: Range<Int>) -> Range<Int> {
      range.count == 1 ? range.lowerBound..<min(range.upperBound + 1, length) : range
    }
    let length = source.count
    causes =
      [year.lowerBound..<decade.upperBound, nothing, decade, lastYear, nothing]
      + [month.count == 1 ? orEnd(month) : months[0], months[1], nothing]
      + [day.count == 1 ? orEnd(day) : days[0], days[1]]
  }
}

/// Writes a date and remembers where its parts stand.
private struct DateWriter {
  let date: CalendarDate
  private(set) var text = ""
  private(set) var year = 0..<0
  private(set) var month = 0..<0
  private(set) var day = 0..<0
  private(set) var isMonthNamed = false

  init(date: CalendarDate) { self.date = date }

  private static let months = [
    "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december",
  ]
  private static let weekdays = [
    "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday",
  ]

  /// Words around a date that say nothing about it, half of the time.
  mutating func writeNoise(before: Bool, using generator: inout some RandomNumberGenerator) {
    let words =
      before
      ? ["due ", "born ", "from ", "letter of ", "paid on ", "as of "]
      : [" at noon", " a.m.", " (draft)", " or so", ", london"]
    if generator.integer(below: before ? 2 : 4) == 0 {
      text += words[generator.integer(below: words.count)]
    }
  }

  mutating func writeNumbers(
    separator: String, monthFirst: Bool, using generator: inout some RandomNumberGenerator
  ) {
    let isPadded = generator.integer(below: 2) == 0
    if monthFirst { writeMonth(isPadded) } else { writeDay(isPadded) }
    text += separator
    if monthFirst { writeDay(isPadded) } else { writeMonth(isPadded) }
    text += separator
    writeYear(isShort: generator.integer(below: 2) == 0)
  }

  mutating func writeYearFirst(using generator: inout some RandomNumberGenerator) {
    let separator = ["/", ".", " "][generator.integer(below: 3)]
    let isPadded = generator.integer(below: 2) == 0
    writeYear(isShort: false)
    text += separator
    writeMonth(isPadded)
    text += separator
    writeDay(isPadded)
  }

  /// `sat, 14th of march 2009`
  mutating func writeDayAndName(using generator: inout some RandomNumberGenerator) {
    writeWeekday(using: &generator)
    writeDay(false)
    switch generator.integer(below: 3) {
    case 0: text += ordinal + " of "
    case 1: text += ordinal + " "
    default: text += " "
    }
    writeMonthName(using: &generator)
    text += " "
    writeYear(isShort: generator.integer(below: 4) == 0)
  }

  /// `saturday, march 14, 2009`
  mutating func writeNameAndDay(using generator: inout some RandomNumberGenerator) {
    writeWeekday(using: &generator)
    writeMonthName(using: &generator)
    text += " "
    writeDay(false)
    text += generator.integer(below: 2) == 0 ? ordinal + ", " : ", "
    writeYear(isShort: generator.integer(below: 4) == 0)
  }

  private mutating func writeWeekday(using generator: inout some RandomNumberGenerator) {
    let name = Self.weekdays[date.weekday]
    switch generator.integer(below: 4) {
    case 0: text += name + ", "
    case 1: text += name.prefix(3) + " "
    default: break
    }
  }

  private mutating func writeMonthName(using generator: inout some RandomNumberGenerator) {
    let name = Self.months[date.month - 1]
    let isShort = generator.integer(below: 2) == 0
    isMonthNamed = true
    month = write(isShort ? String(name.prefix(3)) : name)
  }

  private mutating func writeYear(isShort: Bool) {
    year = write(isShort ? twoDigits(date.year % 100) : "\(date.year)")
  }

  private mutating func writeMonth(_ isPadded: Bool) {
    month = write(isPadded ? twoDigits(date.month) : "\(date.month)")
  }

  private mutating func writeDay(_ isPadded: Bool) {
    day = write(isPadded ? twoDigits(date.day) : "\(date.day)")
  }

  private mutating func write(_ part: String) -> Range<Int> {
    let start = text.count
    text += part
    return start..<text.count
  }

  private var ordinal: String {
    switch date.day {
    case 1, 21, 31: "st"
    case 2, 22: "nd"
    case 3, 23: "rd"
    default: "th"
    }
  }
}
