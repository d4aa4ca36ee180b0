import KernelSupport

/// A day of the years 1950 to 2049.
public struct CalendarDate: Hashable, Sendable {
  /// The year, four digits.
  public let year: Int
  /// The month, 1 to 12.
  public let month: Int
  /// The day of the month, from 1 on.
  public let day: Int
  /// The day of the week, 0 for Monday.
  public let weekday: Int

  /// Every day of the hundred years, in order.
  public static let all: [CalendarDate] = {
    var dates: [CalendarDate] = []
    // The first of January 1950 was a Sunday.
    var weekday = 6
    for year in 1950...2049 {
      let isLeap = year.isMultiple(of: 4) && (!year.isMultiple(of: 100) || year.isMultiple(of: 400))
      let lengths = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
      for (month, length) in lengths.enumerated() {
        for day in 1...length {
          dates.append(CalendarDate(year: year, month: month + 1, day: day, weekday: weekday))
          weekday = (weekday + 1) % 7
        }
      }
    }
    return dates
  }()

  /// The date as ISO 8601 writes it: `2009-03-14`.
  public var iso: String { "\(year)-\(twoDigits(month))-\(twoDigits(day))" }
}

/// The dates to learn from, to choose by and to test with: no date is in two of the three.
///
/// Divided by date and not by string: a network that has seen `14 mar 2009` has seen the answer to `3-14-2009`.
public struct DateSplit: Sendable {
  /// Four fifths of all dates.
  public let training: [CalendarDate]
  /// A tenth.
  public let validation: [CalendarDate]
  /// A tenth.
  public let test: [CalendarDate]

  /// Divides all dates.
  public init(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    let order = generator.permutation(count: CalendarDate.all.count).map { CalendarDate.all[$0] }
    let tenth = order.count / 10
    test = Array(order[..<tenth])
    validation = Array(order[tenth..<2 * tenth])
    training = Array(order[(2 * tenth)...])
  }
}

func twoDigits(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
