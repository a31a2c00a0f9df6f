import Domain
import LDAP
import Sync
import Text

extension Findings {
  /// What was found, for the terminal.
  var summary: [String] {
    let sample = survey.isSample ? ", of which a random sample of \(survey.sample.count) was looked at" : ""
    var lines = [
      "Found: \(survey.product.isEmpty ? "a server of unknown make" : survey.product), \(counted(survey.count, "entry", "entries")) of people and contacts\(sample)."
    ]
    lines += survey.gaps.map { "Incomplete: \($0)" }
    if let number {
      let bases = userBases.map { $0.isOneLevel ? "right below \($0.dn)" : $0.dn }
      lines.append(
        "Extensions: \(counted(users.count, "person", "people"))\(survey.isSample ? " of the sample" : "") by \(number.attributes.joined(separator: ", then ")), in \(bases.listed(to: 4, by: "; "))."
      )
      if !blocks.isEmpty {
        lines.append(
          "DDI blocks: \(blocks.joined(separator: ", "))\(trunks.evidence == .guess ? " (not certain)" : "").")
      }
      if number.way != .ddi { lines.append("Internal numbers: \(number.ranges.joined(separator: ", ")).") }
    }
    if !contacts.isEmpty {
      lines.append(
        "Contacts: \(counted(contacts.count, "entry", "entries")) in \(contactBases.map(\.dn).listed(to: 4, by: "; "))."
      )
    }
    let countries = Set(sites.compactMap(\.country)).sorted().joined(separator: ", ")
    lines.append(
      "Country: \(country.general ?? "DE")\(country.isCertain ? "" : " (not certain)")\(countries.isEmpty ? "" : ", and by site: \(countries)")\(area.map { ", area code \($0)" } ?? "")."
    )
    if let group, group.isUsed {
      lines.append("Only members of \(group.dn): \(counted(group.withExtension, "person", "people")).")
    }
    if !protected.isEmpty {
      lines.append(
        "Protected: \(counted(protected.count, "extension number")) of entries that get no extension: \(protectedRanges.listed(to: 8))."
      )
    }
    let reasons = leftOut
    lines += reasons.prefix(5).map { "Left out: \($0)" }
    if reasons.count > 5 { lines.append("… \(reasons.count - 5) more are left out: see the end of the configuration.") }
    return lines
  }

  /// Why no configuration fits; nil if one does.
  func refusal(_ bindDN: String) -> RunError? {
    let hasUsers = number != nil && !userBases.isEmpty
    if hasUsers || !contactBases.isEmpty { return nil }
    let mobiles = survey.sample.count { $0.first("mobile") != nil }
    let rights = bindDN.isEmpty ? "an anonymous bind" : bindDN
    return RunError(
      refusing:
        "no extension follows from the \(counted(survey.count, "entry", "entries")) of people: none of \(survey.numberAttributes.joined(separator: ", ")) shows internal numbers or numbers of a common DDI block"
        + (mobiles > 0 ? "; \(counted(mobiles, "entry has a mobile number", "entries have mobile numbers"))" : ""),
      remedy: (country.isCertain ? "" : "name the country of the numbers: --country CC; or ")
        + "check that \(rights) may read these attributes, enter the numbers in the directory, or write a configuration whose extension.pool allocates them: pbxsyncd.toml(5)"
    )
  }
}
