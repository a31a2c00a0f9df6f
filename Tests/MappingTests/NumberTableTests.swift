import Foundation
import Testing

@testable import Mapping

/// A row of Numbers.tsv, which `python3 -m tools.numbers` makes: what is written under which rules, and what it must be
/// read as. "-" is no number.
private struct Row: Sendable, CustomTestStringConvertible {
  let country, area, ddi, written, e164, dialled, ext: String

  init(_ line: Substring) {
    let cells = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
    (country, area, ddi, written) = (cells[0], cells[1], cells[2], cells[3])
    (e164, dialled, ext) = (cells[4], cells[5], cells[6])
  }

  var dialPlan: DialPlan {
    get throws {
      let plain = try DialPlan(country: country, area: area, plus: true)
      return ddi.isEmpty ? plain : plain.replacingDDIBlocks(with: DDIBlocks([try DDIBlock(ddi, dialPlan: plain)]))
    }
  }

  var testDescription: String { "\(country) \(area) \(written.prefix(40)) \(ddi)" }
}

private let table: [Row] = {
  let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Numbers.tsv")
  let text = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
  return text.split(separator: "\n").dropFirst().map(Row.init)
}()

@Suite(.timeLimit(.minutes(15))) struct `The table of numbers` {
  @Test(arguments: table)
  private func `is parsed as the countries' numbering plans define`(row: Row) throws {
    let dialPlan = try row.dialPlan
    if row.e164 == "-" {
      #expect(throws: PhoneNumberError.self) { try dialPlan.parse(row.written) }
      return
    }
    #expect(try dialPlan.parse(row.written) == PhoneNumber(e164: row.e164, dialled: row.dialled))
    #expect(try dialPlan.e164(of: row.written) == row.e164)
    guard !row.ddi.isEmpty else { return }
    #expect(try dialPlan.extension(of: row.written) == row.ext)
    #expect(dialPlan.number(reaching: row.ext) == row.e164)
  }

  @Test func `has fifteen hundred numbers and more, of many countries, good ones and bad`() {
    #expect(table.count >= 1500)
    #expect(Set(table.map(\.country)).count >= 60)
    #expect(table.count { $0.e164 == "-" } >= 200)
    #expect(table.count { !$0.ddi.isEmpty } >= 100)
    #expect(table.count { !$0.area.isEmpty } >= 30)
  }
}
