import Domain
import LDAP
import Mapping
import Platform
import Text

/// How `init` has reached the directory.
struct DirectoryAccess: Sendable {
  var uri: String
  var startTLS = false
  var caFile: String?
  var bindDN = ""
  /// As it is to be written into the configuration; nil for an anonymous bind.
  var passwordFile: String?
}

/// The configuration that fits a directory, with its evidence as comments.
struct ConfigurationDraft {
  let findings: Findings
  let access: DirectoryAccess
  /// nil if nobody has named it.
  let pbxURL: String?
  let now: Timestamp

  /// Replaces the PBX's address where it isn't known: of a network for documentation (RFC 5737).
  static let exampleURL = "https://192.0.2.4:8000/api.aspx"

  private var survey: DirectorySample { findings.survey }

  var text: String {
    var file = CommentedTOML()
    file.comment("pbxsyncd: syncs users from an LDAP directory to a PBX.")
    file.comment("")
    file.comment(
      "Written by \"pbxsyncd init\" on \(localTime(now)). The comments say what was found."
    )
    file.comment("After a change: pbxsyncd --check-config")
    file.comment("All keys: pbxsyncd.toml(5), templates: pbxsyncd-templates(7)")
    if survey.isSample {
      file.blank()
      file.comment(
        "The counts are those of a random sample: \(survey.sample.count) of \(survey.count) entries of people and contacts."
      )
    }
    for gap in survey.gaps { file.comment("INCOMPLETE: \(gap)") }
    directory(&file)
    users(&file)
    contacts(&file)
    numbers(&file)
    pbx(&file)
    leftOut(&file)
    return file.text
  }

  // MARK: - The directory

  private func directory(_ file: inout CommentedTOML) {
    file.section("directory")
    file.comment(
      "\(survey.product.isEmpty ? "An unknown server" : survey.product), with \(counted(survey.contexts.count, "naming context")): \(survey.contexts.joined(separator: "; "))"
    )
    file.key("servers", [access.uri])
    if access.startTLS { file.flag("starttls") }
    if let caFile = access.caFile { file.key("ca_file", caFile) }
    if let passwordFile = access.passwordFile {
      file.key("bind_dn", access.bindDN)
      file.key("bind_password_file", passwordFile)
    } else {
      file.comment("An anonymous bind. With bind_dn and bind_password_file it reads as an account of its own.")
    }
    identity(&file)
    file.comment("Canaries: sentinel entries that every read must find. A read without one of them removes nobody.")
    if findings.canaries.isEmpty {
      file.comment("No entry looks like one that stays for good. Name some, such as the switchboard's:")
      file.proposal("canaries", findings.canaryProposals)
    } else {
      file.key("canaries", findings.canaries)
    }
  }

  private func identity(_ file: inout CommentedTOML) {
    let users = findings.users.map(\.person.entry)
    let entries = users.isEmpty ? survey.sample : users
    if let identity = survey.identity {
      let shown = entries.count { identity.id(of: $0) != nil }
      if shown == entries.count { return }
      file.comment(
        "\(shown) of \(entries.count) entries show \(identity.name), the server's immutable ID. Give the bind identity the right to read it."
      )
    } else {
      file.comment("The server shows no attribute with an immutable ID.")
    }
    if let name = findings.otherIdentity {
      file.comment(
        "\(name) identifies the entries instead: each has another one. Somebody whose \(name) changes is a new person.")
      file.key("identity", name)
    }
  }

  // MARK: - Sources

  private func users(_ file: inout CommentedTOML) {
    guard let number = findings.number else { return }
    for base in findings.userBases {
      let own = findings.users.filter { base.selects(DN($0.person.entry.dn)) }
      file.sections("users")
      for line in findings.numberEvidence(base, own, number) { file.comment(line) }
      file.key("name", findings.name(of: base.dn))
      file.key("base", base.dn)
      if base.isOneLevel { file.key("scope", "one") }
      let names = NameTemplates(own.map(\.person.entry))
      let strangers = findings.strangers.count { base.selects(DN($0.dn)) }
      file.key("filter", filter(number, own.map(\.person.entry)))
      if strangers > 0 {
        file.comment(
          "\(counted(strangers, "entry with a number has", "entries with a number have")) no givenName, as service accounts and rooms do. They get no extension, and their numbers count as used."
        )
        file.key("exclude", "(!(givenName=*))")
      }
      group(&file)
      let disabled = own.count { DisabledRule.auto.sign(of: $0.person.entry, now: now) != nil }
      if disabled > 0 {
        file.comment(
          "\(disabled) of the \(own.count) accounts with an extension \(disabled == 1 ? "is" : "are") disabled or expired, which "
            + "disabled = \"auto\" finds. They get no extension."
        )
      }
      file.key("extension.number", number.template)
      if names.nameless > 0 {
        file.comment(
          "\(counted(names.nameless, "entry has", "entries have")) no givenName, and not each shows a first name elsewhere: a run skips and reports them. If displayName or cn begins with the first name:"
        )
        file.proposal("extension.first_name", NameTemplates.fallback)
      }
      file.key("extension.first_name", names.first)
      file.key("extension.last_name", names.last)
      mail(own.map(\.person.entry), &file)
      if let callerID = callerID(number, own) { file.key("extension.caller_id", callerID) }
    }
  }

  private func group(_ file: inout CommentedTOML) {
    guard let group = findings.group else { return }
    file.comment(
      "The group \(group.dn) has \(counted(group.members, "member")): \(group.withExtension) of the \(findings.users.count) people with an extension."
        + (group.isUsed ? " Only its members get one." : " To give one only to its members:"))
    if group.isUsed { file.key("group", group.dn) } else { file.proposal("group", group.dn) }
  }

  private func mail(_ entries: [Entry], _ file: inout CommentedTOML) {
    let withMail = entries.count { $0.first("mail") != nil }
    if withMail == 0 { return file.comment("No entry has mail, so the PBX sends none.") }
    if withMail < entries.count {
      file.comment("\(withMail) of \(entries.count) have mail. The PBX sends mail there whenever something changes.")
    }
    file.key("extension.email", "{mail}")
  }

  /// The template of the caller ID; nil if most numbers lead to none.
  private func callerID(_ number: NumberSource, _ own: [(person: SurveyedNumbers.Person, number: String)]) -> String? {
    if number.way == .ddi { return "{\(number.attributes.joined(separator: " ?? ")) | extension | e164}" }
    let outside = survey.numberAttributes.first { attribute in
      let have = own.count { user in
        user.person.values.contains { $0.attribute == attribute && $0.form.e164 != nil && !$0.form.isMobile }
      }
      return have * 2 > own.count
    }
    return outside.map { "{\($0) | e164}" }
  }

  private func filter(_ number: NumberSource, _ entries: [Entry]) -> String {
    survey.family == .activeDirectory
      ? "(&(objectCategory=person)(objectClass=user)\(number.filter))"
      : "(&(objectClass=\(commonClass(of: entries)))\(number.filter))"
  }

  /// The most special class that nearly all of these have.
  private func commonClass(of entries: [Entry]) -> String {
    let classes = ["inetOrgPerson", "organizationalPerson", "person", "posixAccount", "account"]
    return classes.first { name in
      entries.count { $0.values("objectClass").contains { $0.text?.lowercased() == name.lowercased() } } * 100
        >= entries.count * 95
    } ?? "*"
  }

  private func contacts(_ file: inout CommentedTOML) {
    for base in findings.contactBases {
      let own = findings.contacts.map(\.entry).filter { base.selects(DN($0.dn)) }
      let people = findings.contacts.filter { base.selects(DN($0.entry.dn)) }
      if own.isEmpty { continue }
      let attributes = (survey.numberAttributes + ["mobile"]).filter { name in
        people.count { $0.has(name) } * 20 >= people.count
      }
      let company = own.count { $0.first("o") != nil } >= own.count { $0.first("company") != nil } ? "o" : "company"
      file.sections("contacts")
      file.comment(
        "\(counted(own.count, "entry has", "entries have")) phone numbers outside the company's own: "
          + attributes.map { name in "\(people.count { $0.has(name) }) \(name)" }.joined(separator: ", ") + ".")
      file.key("name", findings.name(of: base.dn))
      file.key("base", base.dn)
      if base.isOneLevel { file.key("scope", "one") }
      let present = attributes.map { "(\($0)=*)" }.joined()
      let wanted = attributes.count == 1 ? present : "(|\(present))"
      file.key(
        "filter",
        survey.family == .activeDirectory
          ? "(&(objectClass=contact)\(wanted))" : "(&(objectClass=\(commonClass(of: own)))\(wanted))")
      file.key("contact.numbers", attributes.map { "{\($0)}" })
      let hasCompanies = own.contains { $0.first(company) != nil }
      let others = own.filter { $0.first("givenName") == nil }
      let isShown = others.count * 2 > own.count && others.allSatisfy { $0.beginsWithFirstName("cn") }
      file.key("contact.first_name", isShown ? "{givenName ?? cn | word 1}" : "{givenName}")
      file.key("contact.last_name", hasCompanies ? "{sn ?? \(company)}" : "{sn ?? cn}")
      if hasCompanies { file.key("contact.company", "{\(company)}") }
    }
  }

  // MARK: - Numbers

  private func numbers(_ file: inout CommentedTOML) {
    file.section("numbers")
    file.comment(findings.countryEvidence)
    file.key("country", findings.country.general ?? "DE")
    if let area = findings.area {
      file.comment("Some numbers lack their area code. With this one they are numbers of the blocks below.")
      file.key("area", area)
    }
    for line in findings.writingEvidence { file.comment(line) }
    if !findings.blocks.isEmpty {
      file.comment(
        "DDI blocks: the phone numbers that reach extensions directly, with the extensions behind the stem. "
          + findings.trunkEvidence)
      if let guess = findings.blockGuess { file.comment(guess) }
      if findings.generalBlocks.isEmpty {
        file.comment("Each site below has its own. An entry of no site is reported.")
      } else {
        file.key("ddi", findings.generalBlocks)
      }
    }
    if let number = findings.number, number.way != .ddi {
      let lengths = number.lengths.sorted { $0.key < $1.key }.map { "\($0.value) have \($0.key) digits" }
      file.comment(
        "The allowed extensions: \(lengths.joined(separator: ", ")). GUESS: each range is the smallest group of ten, a hundred or more with the numbers of the directory. A number outside is reported and never used."
      )
      file.key("extension_ranges", number.ranges)
    }
    file.comment(
      "Numbers that pbxsyncd must never change, even if an entry claims them, and that aren't free. Add those that the directory doesn't show: queues, conference rooms, fax."
    )
    if findings.protected.isEmpty {
      file.proposal("protected", ["1000", "8000-8999"])
    } else {
      file.comment("These entries have such numbers and get no extension:")
      for line in findings.protectedEvidence { file.comment(line) }
      file.key("protected", findings.protectedRanges)
    }
    if !findings.sites.isEmpty {
      file.blank()
      file.comment(findings.siteEvidence)
    }
    for site in findings.sites {
      file.sections("sites")
      file.key("name", site.name)
      if let base = site.base { file.key("base", base) }
      if let attribute = site.attributeName {
        file.key("attribute", attribute)
        file.key("value", site.attributeValue)
      }
      if let country = site.country {
        file.comment(findings.countryEvidence(of: site))
        file.key("country", country)
      }
      if let area = site.area {
        file.comment("Some of its numbers lack their area code.")
        file.key("area", area)
      }
      if !site.blocks.isEmpty { file.key("ddi", site.blocks) }
    }
  }

  private func pbx(_ file: inout CommentedTOML) {
    file.section("pbx")
    if pbxURL == nil {
      file.comment("NOT KNOWN: the address of the PBX. This one is an example; a dry run doesn't need it.")
    }
    file.key("url", pbxURL ?? Self.exampleURL)
    file.comment("Write the PBX's security key into this file, mode 0600.")
    file.key("security_key_file", "pbx-key")
  }

  private func leftOut(_ file: inout CommentedTOML) {
    let reasons = findings.leftOut
    if reasons.isEmpty { return }
    file.blank()
    file.comment("Left out, because the directory doesn't show what is right:")
    for reason in reasons { file.comment("- \(reason)") }
  }
}

extension UnitTree.Base {
  func selects(_ dn: DN) -> Bool { isOneLevel ? dn.parent == DN(self.dn) : DN(self.dn).covers(dn) }
}

/// The templates of names that fit entries.
struct NameTemplates: Hashable, Sendable {
  let first: String
  let last: String
  /// The entries without a given name, if no other attribute shows the first names of all of them: then `first` leaves them out.
  let nameless: Int

  init(_ entries: [Entry]) {
    let (given, family) = (entries.count { $0.first("givenName") != nil }, entries.count { $0.first("sn") != nil })
    let isUsual = !entries.isEmpty && given * 100 >= entries.count * 90
    let others = isUsual ? [] : entries.filter { $0.first("givenName") == nil }
    nameless = others.allSatisfy { $0.beginsWithFirstName("displayName", "cn") } ? 0 : others.count
    first = isUsual || nameless > 0 ? "{givenName}" : Self.fallback
    last = family * 100 >= entries.count * 90 ? "{sn}" : "{sn ?? displayName ?? cn | word -1}"
  }

  /// The first name, or else the first word of a whole name.
  static let fallback = "{givenName ?? displayName ?? cn | word 1}"
}

extension Entry {
  /// Whether the first of these attributes begins with another word than the family name: "Anna Berg", but neither "Berg", "Berg, Anna"
  /// nor "Berg Anna".
  func beginsWithFirstName(_ attributes: String...) -> Bool {
    guard let name = attributes.lazy.compactMap({ first($0)?.text }).first, !name.contains(where: { ",;".contains($0) })
    else { return false }
    let words = name.split(whereSeparator: \.isWhitespace).map { $0.lowercased() }
    let family = first("sn")?.text?.split(whereSeparator: \.isWhitespace).first?.lowercased()
    return words.count > 1 && words.first != family
  }
}
