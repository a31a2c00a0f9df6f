import CPhoneNumber
import Text

/// A phone number that a value contains, or certainly means although it is invalid as it is.
public struct MeantNumber: Hashable, Sendable {
  /// With its `+` and country code.
  public let e164: String
  /// The number's part of the value, in ASCII.
  public let text: String
  /// The rest of the value; mostly empty.
  public let rest: String
  /// Whether it is a mobile phone's, if the country's numbering plan shows it.
  public let isMobile: Bool
}

extension DialPlan {
  /// The number that a value means by its present digits; nil if none is certain.
  ///
  /// The first of two numbers with a slash between them. Words aren't a number, and neither are joined digits of several numbers.
  public func meantNumber(in value: String) -> MeantNumber? {
    guard let written = try? WrittenNumber(value) else { return nil }
    if let found = try? `extension`(of: value), let e164 = number(reaching: found) {
      // An unknown extension behind the number isn't silently removed.
      if let behind = written.extension, behind != found, !e164.hasSuffix(behind) { return nil }
      return meant(e164, written.extension == nil ? plainText(value) : e164)
    }
    if written.extension != nil { return nil }
    if let e164 = try? self.e164(of: written) { return meant(e164, plainText(value)) }
    if let joint = written.joints.first(where: { $0.enclosed == nil }) {
      guard let first = meantNumber(in: joint.before), first.rest.isEmpty else { return nil }
      return MeantNumber(e164: first.e164, text: first.text, rest: trimmed(joint.after), isMobile: first.isMobile)
    }
    return written.withoutOutsideLine(country).flatMap { number in
      (try? self.e164(of: number)).flatMap { meant($0, $0) }
    }
  }

  /// The text as a number, with its `+`; nil if it isn't one.
  public func phoneNumber(in text: String) -> String? { try? e164(of: text) }

  /// The text as an extension, or the one that its number reaches; nil if no block has it.
  public func extensionNumber(in text: String) -> String? { try? `extension`(of: text) }

  private func meant(_ e164: String, _ text: String) -> MeantNumber? {
    guard let facts = try? known(e164, withFacts: true).facts else { return nil }
    return MeantNumber(e164: e164, text: text, rest: "", isMobile: facts.is_mobile)
  }
}

extension WrittenNumber {
  /// The number without a separate digit for an outside line before it; nil if there is none.
  fileprivate func withoutOutsideLine(_ country: String) -> String? {
    let room = Int(CPHONENUMBER_ROOM)
    var (trunk, code) = ([CChar](repeating: 0, count: room), [CChar](repeating: 0, count: room))
    guard unsafe cphonenumber_prefixes(country, &trunk, &code), groups.count == 2 else { return nil }
    let prefix = string(trunk)
    guard prefix.utf8.count == 1, groups[0] == prefix, joints.isEmpty, !hasLetters else { return nil }
    let rest = String(text.dropFirst(prefix.utf8.count))
    return groups[1] == string(code) ? "+" + rest : rest
  }
}

/// The runs of digits in a text, in any script: its possible meanings if none is certain.
public func digitRuns(in text: String) -> [String] {
  plainText(text).split { !("0"..."9").contains($0) }.map(String.init)
}
