import Domain
import Ledger
import Testing

@testable import Sync

private let hour: Timestamp = 3600
private let day: Timestamp = 86_400

@Suite(.timeLimit(.minutes(15))) struct `What is told` {
  private func alert(_ key: String, _ detail: String = "", patience: Timestamp = 0) -> Alert {
    Alert(key, detail: detail, "Title of \(key)", [.init(["why"], remedy: "do it")], patience: patience)
  }

  /// What was told at each time, with the records handed on as if each message arrived.
  private func story(_ steps: [(at: Timestamp, alerts: [Alert], scope: AlertDigest.Scope)], fails: Set<Int> = [])
    -> [String]
  {
    var records: [AlertRecord] = []
    return steps.enumerated().map { index, step in
      let digest = AlertDigest(step.alerts, remembering: records, step.scope, at: step.at)
      records = digest.isEmpty || fails.contains(index) ? digest.records : digest.recordsOnceTold
      if digest.isEmpty { return "" }
      return
        (digest.new.map { "+\($0.key)" } + digest.lasting.map { "=\($0.alert.key)" } + digest.over.map { "-\($0.key)" })
        .joined(separator: " ")
    }
  }

  @Test func `is told once, once a day, and when it is over`() {
    let held = alert("held")
    #expect(
      story([
        (0, [held], .all), (60, [held], .all), (day - 1, [held], .all), (day, [held], .all), (day + 60, [held], .all),
        (2 * day, [held], .all), (2 * day + 60, [], .all), (2 * day + 120, [], .all), (3 * day, [held], .all),
      ]) == ["+held", "", "", "=held", "", "=held", "-held", "", "+held"])
  }

  /// Such as a held set whose entries get new IDs each hour.
  @Test func `is told once a day if it is about others each hour`() {
    let each = (0...48).map { (Timestamp($0) * hour, [alert("held", "\($0)")], AlertDigest.Scope.all) }
    #expect(story(each).enumerated().filter { !$0.element.isEmpty }.map(\.offset) == [0, 24, 48])
  }

  @Test func `is told after an hour if an admin decided on the others before`() {
    var digest = AlertDigest([alert("held", "a")], remembering: [], .all, at: 0)
    var records = digest.recordsOnceTold
    records[0].decision = .approved
    var told: [Bool] = []
    for time in [60, hour - 1, hour, 2 * hour] {
      digest = AlertDigest([alert("held", "b")], remembering: records, .all, at: time)
      records = digest.isEmpty ? digest.records : digest.recordsOnceTold
      told.append(!digest.new.isEmpty)
    }
    #expect(told == [false, false, true, false] && records[0].decision == nil)
    digest = AlertDigest([alert("held", "c")], remembering: records, .all, at: 3 * hour)
    #expect(digest.isEmpty, "nobody decided on these")
  }

  private func set(_ count: Int) -> Alert {
    Alert(
      "held removal extension limit", detail: Alert.detail(ofSet: "extensions-\(count)", size: count),
      "Held: \(count) removals of extensions", [])
  }

  @Test func `is told again at once if a held set has grown by more than half`() {
    let counts = [12, 18, 19, 28, 70]
    let steps = counts.enumerated().map { (Timestamp($0.offset) * 60, [set($0.element)], AlertDigest.Scope.all) }
    #expect(story(steps).map { $0.hasPrefix("+") } == [true, false, true, false, true])
  }

  @Test(arguments: [nil, .rejected] as [AlertRecord.Decision?])
  func `names what was decided on when it is over, and how many were told`(decision: AlertRecord.Decision?) {
    var records = AlertDigest([set(70)], remembering: [], .all, at: 0).recordsOnceTold
    records = AlertDigest([set(2)], remembering: records, .all, at: 60).records
    records[0].decision = decision
    let over = AlertDigest([], remembering: records, .all, at: 120).over
    #expect(over.map(\.title) == ["Held: 2 removals of extensions"])
    #expect(over[0].ending(isFailing: false)?.hasSuffix("; it had 70 when it was told") == true)
    // Others that came after the decision aren't what was decided on.
    records = AlertDigest([set(70)], remembering: [], .all, at: 0).recordsOnceTold
    records[0].decision = .approved
    records = AlertDigest([set(5)], remembering: records, .all, at: 60).records
    #expect(AlertDigest([], remembering: records, .all, at: 120).over.map(\.title) == [set(70).title])
  }

  @Test func `is the same if it comes and goes within a day, and is told with the daily reminder`() {
    let held = alert("held", "a")
    #expect(
      story([
        (0, [held], .all), (60, [], .all), (120, [held], .all), (180, [], .all), (240, [held], .all),
        (day, [held], .all), (day + 60, [], .all), (day + 120, [held], .all), (2 * day, [held], .all),
        (2 * day + 60, [held], .all), (2 * day + 120, [], .all), (3 * day + 60, [held], .all),
      ]) == ["+held", "-held", "", "", "", "=held", "-held", "", "=held", "", "-held", "+held"])
    #expect(
      story([(0, [held], .all), (60, [], .all), (120, [alert("held", "b")], .all), (day, [alert("held", "b")], .all)])
        == ["+held", "-held", "", "+held"], "others of its kind too")
  }

  @Test func `is told at once if it is another moment`() {
    #expect(
      story([(0, [alert("lost", "a")], .all), (60, [], .all), (120, [alert("lost", "b")], .all)]) == [
        "+lost", "", "+lost",
      ])
  }

  @Test func `is due with the reminder if it is back, and never if it is over`() {
    var digest = AlertDigest([alert("a")], remembering: [], .all, at: 100)
    digest = AlertDigest([], remembering: digest.recordsOnceTold, .all, at: 200)
    #expect(AlertDigest.nextDue(digest.recordsOnceTold, of: []) == nil)
    digest = AlertDigest([alert("a")], remembering: digest.recordsOnceTold, .all, at: 300)
    #expect(digest.isEmpty && digest.lasting.map(\.isBack) == [true] && digest.lasting.map(\.since) == [300])
    #expect(AlertDigest.nextDue(digest.records, of: [alert("a")]) == day + 100)
  }

  @Test func `says how it ended`() {
    func ending(_ key: String, _ decision: AlertRecord.Decision? = nil, isFailing: Bool = false) -> String? {
      AlertRecord(key, title: "", since: 0, decision: decision).ending(isFailing: isFailing)
    }
    #expect(ending("held removal extension limit", .approved) == "an admin approved it")
    #expect(ending("held removal extension limit", .rejected) == "an admin rejected it")
    #expect(ending("held removal extension limit") == "these changes were made within the limits, or are no longer due")
    #expect(ending(AlertRecord.incompleteRead) == "the directory is read completely again")
    #expect(
      ending(AlertRecord.freeze, .thawed) == "an admin ended it" && ending(AlertRecord.freeze) == "its time was over")
    #expect(ending("failure keyRefused") == "runs work again")
    #expect(ending("failure keyRefused", isFailing: true) == "runs fail for another reason now")
  }

  @Test func `is told only once it has lasted, if it may pass by itself`() {
    let away = alert("away", patience: 900)
    #expect(
      story([
        (0, [away], .all), (600, [away], .all), (700, [], .all), (800, [away], .all), (1600, [away], .all),
        (1700, [away], .all), (1800, [], .all),
      ]) == ["", "", "", "", "", "+away", "-away"])
  }

  @Test func `is one message, with what lasts, so that there is one reminder a day for all`() {
    let (a, b) = (alert("a"), alert("b"))
    #expect(
      story([
        (0, [a], .all), (hour, [a, b], .all), (day, [a, b], .all), (day + hour, [a, b], .all),
        (day + 2 * hour, [b], .all),
      ]) == ["+a", "+b =a", "", "=a =b", "=b -a"])
  }

  @Test func `stays as it is where a run doesn't know, but for failures of runs`() {
    let (held, failure) = (alert("held"), alert(AlertRecord.Family.failure.key(of: "key")))
    let other = alert(AlertRecord.Family.failure.key(of: "bind"))
    #expect(
      story([
        (0, [held], .all), (60, [failure], .failures), (120, [other], .failures), (180, [], .failures), (240, [], .all),
      ]) == ["+held", "+failure key", "+failure bind -failure key", "-failure bind", "-held"])
  }

  @Test func `is told later if it couldn't be sent, its end too`() {
    let held = alert("held")
    #expect(
      story([(0, [held], .all), (60, [held], .all), (120, [], .all), (180, [], .all), (240, [], .all)], fails: [0, 2])
        == ["+held", "+held", "-held", "-held", ""])
    #expect(story([(0, [held], .all), (60, [], .all)], fails: [0]) == ["+held", ""], "it was never sent")
  }

  @Test func `isn't told to be over if it was one moment`() {
    #expect(story([(0, [alert("lost")], .all), (60, [], .all)]) == ["+lost", ""])
  }

  @Test func `is due a day after it was told, or once it has lasted`() {
    let digest = AlertDigest([alert("a"), alert("b", patience: 900)], remembering: [], .all, at: 100)
    #expect(AlertDigest.nextDue(digest.recordsOnceTold, of: [alert("a"), alert("b", patience: 900)]) == 1000)
    #expect(AlertDigest.nextDue([], of: []) == nil)
    let rejected = AlertRecord("held", detail: "a", title: "", since: 0, toldAt: 100, decision: .rejected)
    #expect(AlertDigest.nextDue([rejected], of: [alert("held", "a")]) == 100 + day)
    #expect(AlertDigest.nextDue([rejected], of: [alert("held", "b")]) == 100 + hour, "others than the rejected ones")
  }

  @Test(arguments: [(1, 300), (2, 600), (3, 1200), (7, 19_200), (8, 21_600), (100, 21_600)])
  func `is tried again ever later`(failures: Int, pause: Timestamp) {
    #expect(RetrySchedule.alert.pause(after: failures) == pause)
  }
}
