import Foundation
import Platform
import Testing

@Suite(.timeLimit(.minutes(15))) struct `A written time` {
  /// 2026-11-26 19:30:00 in the host's time zone.
  private static let now = moment(2026, 11, 26, 19, 30)

  private static func moment(
    _ year: Int, _ month: Int, _ day: Int, _ hour: Int = 0, _ minute: Int = 0, _ second: Int = 0
  )
    -> Int64
  {
    let parts = DateComponents(year: year, month: month, day: day, hour: hour, minute: minute, second: second)
    return Int64(Calendar.current.date(from: parts)?.timeIntervalSince1970 ?? 0)
  }

  @Test(arguments: [
    ("2026-12-01", moment(2026, 12, 1)), ("2026-12-01 08:00", moment(2026, 12, 1, 8)),
    ("2026-12-01T08:00:30", moment(2026, 12, 1, 8, 0, 30)), ("2028-02-29", moment(2028, 2, 29)),
    ("20:00", moment(2026, 11, 26, 20)), ("18:00", moment(2026, 11, 27, 18)), ("19:30", moment(2026, 11, 27, 19, 30)),
    ("tomorrow", moment(2026, 11, 27)), ("tomorrow 08:00", moment(2026, 11, 27, 8)),
    ("yesterday", moment(2026, 11, 25)), ("today 23:59", moment(2026, 11, 26, 23, 59)),
    ("+2h", now + 7200), ("+90m", now + 5400), ("+30s", now + 30), ("+1d", now + 86_400), ("+2w", now + 1_209_600),
  ])
  func `is a moment`(text: String, moment: Int64) {
    #expect(seconds(ofWrittenTime: text, now: Self.now) == moment)
  }

  @Test func `counts on over the end of a month and of a year`() {
    let eve = Self.moment(2026, 12, 31, 12)
    #expect(seconds(ofWrittenTime: "tomorrow 08:00", now: eve) == Self.moment(2027, 1, 1, 8))
    #expect(seconds(ofWrittenTime: "08:00", now: eve) == Self.moment(2027, 1, 1, 8))
  }

  @Test(arguments: [
    "", " ", "soon", "2h", "+", "+h", "+2", "+2y", "+-2h", "+9999999999d", "+999999999w", "2026-02-30", "2026-13-01",
    "2026-1-1", "26-12-01", "01.12.2026", "2026-12-01 24:00", "2026-12-01 8", "25:00", "08:60", "8", "08:00 tomorrow",
    "2026-12-01 08:00 CET", "tomorrow tomorrow", "2026-12-00", "٠٨:٠٠",
  ])
  func `isn't anything else`(text: String) {
    #expect(seconds(ofWrittenTime: text, now: Self.now) == nil)
  }
}
