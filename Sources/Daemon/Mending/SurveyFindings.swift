import Domain
import Mapping

/// What a survey finds, in the words of `conflicts` and `lint`.
extension ConflictList.Item {
  init(_ claim: Survey.Claim, _ keeper: Survey.Claim, _ modification: Modification?) {
    let number = claim.value.e164 ?? claim.value.number
    self.init(
      what: "\(claim.key)", topic: "number written in two ways", dn: claim.dn, number: claim.value.number,
      reason: "\(claim.value.text) and \(keeper.value.text) of \(keeper.dn) are one number, \(number), and become two",
      remedy: claim.kind == .extension
        ? "give one of the two another number in the directory"
        : "take one of the two out of the directory, or write numbers in one way by e164 in the template",
      ldif: modification?.ldif)
  }

  init(_ ambiguity: Survey.Ambiguity, _ modifications: [Modification]) {
    let taken = ambiguity.taken
    let others = ambiguity.others.map { "\"\($0.value)\" would make \($0.number)" }.joined(separator: ", ")
    self.init(
      what: "\(taken.key)", topic: "ambiguous number", dn: taken.dn, number: taken.value.number,
      reason:
        "\(taken.value.attribute) has several values; \"\(taken.value.value)\" is taken because its bytes are the "
        + "smallest, \(others)",
      remedy: "leave it the one that is meant, or name an attribute with one value in the template",
      ldif: modifications.isEmpty ? nil : modifications.map(\.ldif).joined(separator: "\n"))
  }

  init(_ site: Site) {
    let dn = if case .below(let base) = site.membership { base } else { "" }
    self.init(
      what: "site", topic: "site without entries", dn: dn, number: "", reason: site.vacancy, remedy: site.remedy,
      ldif: nil)
  }
}

extension NumberValue {
  fileprivate var text: String { "\(attribute) \"\(value)\"" }
}
