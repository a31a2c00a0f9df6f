import Foundation
import Synchronization
import Testing

@testable import Journal

@Suite(.timeLimit(.minutes(15))) struct `Lines on standard error` {
  @Test(arguments: [
    (
      Event(.added, "Added extension 1000", [.number: "1000", .kind: "extension"]),
      "<5>Added extension 1000 PBX_NUMBER=1000 PBX_KIND=extension"
    ),
    (Event(.runFailed, "No"), "<3>No"),
    (Event(.readIncomplete, "No"), "<4>No"),
    (Event(.runFinished, "No"), "<6>No"),
    (Event(.searchMade, "No"), "<7>No"),
    (Event(.added, "a", [.dn: "cn=Anna Ä,dc=x"]), #"<5>a PBX_DN="cn=Anna Ä,dc=x""#),
    (Event(.added, "a", [.reason: #"said "no" \ yes"#]), #"<5>a PBX_REASON="said \"no\" \\ yes""#),
    (Event(.added, "a", [.reason: "b\"\u{301} PBX_RUN=1"]), "<5>a PBX_REASON=\"b\\\"\u{301} PBX_RUN=1\""),
    (Event(.added, "a\n<0>forged\r\u{1B}[31m\u{0}\u{7F}"), #"<5>a\n<0>forged\r\u{1B}[31m\0\u{7F}"#),
    (
      Event(.added, "a", [.reason: "b\n<0>c\u{85}\u{2028}\u{202E}"]),
      #"<5>a PBX_REASON=b\n<0>c\u{0085}\u{2028}\u{202E}"#
    ),
  ])
  func `have one event each, whatever its content`(event: Event, line: String) {
    #expect(StderrSink.line(event) == line)
  }

  @Test func `arrive in one piece`() throws {
    let pipe = Pipe()
    let sink = StderrSink(descriptor: pipe.fileHandleForWriting.fileDescriptor)
    sink.write(Event(.added, "one"))
    sink.write(Event(.added, "two"))
    try pipe.fileHandleForWriting.close()
    #expect(try pipe.fileHandleForReading.readToEnd() == Data("<5>one\n<5>two\n".utf8))
  }

  @Test func `without a reader are lost without harm`() async {
    await #expect(processExitsWith: .success) { StderrSink(descriptor: -1).write(Event(.added, "one")) }
  }
}

@Suite(.timeLimit(.minutes(15))) struct `A log` {
  private final class Kept: Sink {
    /// Guards the events that were written.
    let events = Mutex<[Event]>([])
    func write(_ event: Event) { events.withLock { $0.append(event) } }
  }

  @Test func `writes events up to its threshold`() {
    let kept = Kept()
    let log = Log(sink: kept, threshold: .notice)
    for id in [MessageID.searchMade, .runFinished, .added, .changeFailed, .runFailed] { log.write(Event(id, "it")) }
    #expect(kept.events.withLock { $0.map(\.id) } == [.added, .changeFailed, .runFailed])
    #expect(log.isOn(.notice) && !log.isOn(.info))
  }

  @Test func `writes summaries and no searches by default`() {
    let log = Log(sink: Kept())
    #expect(log.isOn(.info) && !log.isOn(.debug))
  }
}
