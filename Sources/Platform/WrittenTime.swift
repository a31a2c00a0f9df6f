import Glibc

/// The moment that a person writes, in the host's local time and in seconds since 1970; nil for text that isn't one.
///
/// | form | is |
/// |---|---|
/// | `2026-12-01`, `tomorrow`, `today`, `yesterday` | the beginning of that day |
/// | `2026-12-01 08:00`, `2026-12-01T08:00:30`, `tomorrow 08:00` | a moment of it |
/// | `18:00` | the next moment when the clock shows that |
/// | `+2h`, `+90m`, `+30s`, `+1d`, `+2w` | so long from now |
public func seconds(ofWrittenTime text: String, now: Int64) -> Int64? {
  if text.first == "+" { return seconds(ofDuration: text.dropFirst()).map { now + $0 } }
  let words = text.split(whereSeparator: { $0 == " " || $0 == "T" }).map(String.init)
  guard let first = words.first, words.count <= 2 else { return nil }
  if words.count == 1, let time = clockTime(first) {
    let today = moment(day(of: now), time)
    return today > now ? today : moment(day(of: now, later: 1), time)
  }
  guard let day = writtenDay(first, now) else { return nil }
  guard let second = words.dropFirst().first else { return moment(day, (0, 0, 0)) }
  return clockTime(second).map { moment(day, $0) }
}

private typealias Day = (year: Int32, month: Int32, day: Int32)
private typealias ClockTime = (hour: Int32, minute: Int32, second: Int32)

/// No more than a century, so that no sum overflows.
private func seconds(ofDuration text: Substring) -> Int64? {
  let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800]
  guard let unit = text.last.flatMap({ units[$0] }), let count = number(text.dropLast(), digits: 1...9) else {
    return nil
  }
  let seconds = Int64(count) * unit
  return seconds <= 36_525 * 86_400 ? seconds : nil
}

/// ASCII digits, in a count that is allowed.
private func number(_ text: Substring, digits: ClosedRange<Int>) -> Int32? {
  guard digits.contains(text.utf8.count), text.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
  return Int32(text)
}

private func writtenDay(_ text: String, _ now: Int64) -> Day? {
  switch text {
  case "yesterday": return day(of: now, later: -1)
  case "today": return day(of: now)
  case "tomorrow": return day(of: now, later: 1)
  default: break
  }
  let parts = text.split(separator: "-", omittingEmptySubsequences: false)
  guard parts.count == 3, let year = number(parts[0], digits: 4...4), let month = number(parts[1], digits: 2...2),
    let day = number(parts[2], digits: 2...2), (1970...9999).contains(year), (1...12).contains(month),
    (1...days(of: month, in: year)).contains(day)
  else { return nil }
  return (year, month, day)
}

private func days(of month: Int32, in year: Int32) -> Int32 {
  let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
  return month == 2 ? (isLeap ? 29 : 28) : [4, 6, 9, 11].contains(month) ? 30 : 31
}

private func clockTime(_ text: String) -> ClockTime? {
  let parts = text.split(separator: ":", omittingEmptySubsequences: false)
  guard (2...3).contains(parts.count), let hour = number(parts[0], digits: 1...2),
    let minute = number(parts[1], digits: 2...2),
    let second = parts.count == 3 ? number(parts[2], digits: 2...2) : 0, hour < 24, minute < 60, second < 60
  else { return nil }
  return (hour, minute, second)
}

/// The day of a moment, or another one counted from it.
private func day(of moment: Int64, later days: Int32 = 0) -> Day {
  var moment = time_t(moment)
  var parts = unsafe tm()
  _ = unsafe localtime_r(&moment, &parts)
  return unsafe (parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday + days)
}

/// mktime(3) normalizes a day that is counted on beyond its month's end.
private func moment(_ day: Day, _ time: ClockTime) -> Int64 {
  var parts = unsafe tm()
  unsafe parts.tm_year = day.year - 1900
  unsafe parts.tm_mon = day.month - 1
  unsafe parts.tm_mday = day.day
  unsafe parts.tm_hour = time.hour
  unsafe parts.tm_min = time.minute
  unsafe parts.tm_sec = time.second
  unsafe parts.tm_isdst = -1
  return unsafe Int64(mktime(&parts))
}
