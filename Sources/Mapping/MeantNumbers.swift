import CPhoneNumber

/// A phone number that a value says, or means without a doubt though it can't be used as it is.
public struct MeantNumber: Hashable, Sendable {
  /// With its `+` and country code.
  public let e164: String
  /// The part of the value that says it, in ASCII.
  public let text: String
  /// What the value says besides; empty for most.
  public let rest: String
  /// Whether it is a mobile phone's, where the country's numbers tell.
  public let isMobile: Bool
}

extension DialPlan {
  /// The number that a value means by the digits that are there; nil where nothing is certain.
  ///
  /// Of two numbers with a slash between them it is the first. Words are no number, and neither are digits that are strung
  /// together.
  public func meantNumber(in value: String) -> MeantNumber? {
    guard let written = try? WrittenNumber(value) else { return nil }
    if let found = try? `extension`(of: value), let e164 = number(reaching: found) {
      // An extension behind the number that nobody has isn't left out unseen.
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

  /// The number that a text is, with its `+`; nil where it is none.
  public func phoneNumber(in text: String) -> String? { try? e164(of: text) }

  /// The extension that a text is, or that its number reaches; nil where no block has it.
  public func extensionNumber(in text: String) -> String? { try? `extension`(of: text) }

  private func meant(_ e164: String, _ text: String) -> MeantNumber? {
    guard let facts = try? known(e164, withFacts: true).facts else { return nil }
    return MeantNumber(e164: e164, text: text, rest: "", isMobile: facts.is_mobile)
  }
}

extension WrittenNumber {
  /// The number without the digit for an outside line that stands alone before it; nil where there is none.
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

/// The runs of digits in a text, whatever their script: what it may mean where it means nothing for certain.
public func digitRuns(in text: String) -> [String] {
  plainText(text).split { !("0"..."9").contains($0) }.map(String.init)
}
