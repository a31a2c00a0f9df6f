import Directory
import Domain
import Executor
import Mapping
import Sync

/// The findings of the lint checks as text.
extension ConflictList.Row {
  init(_ claim: LintChecks.Occurrence, as keeper: LintChecks.Occurrence) {
    let number = claim.value.e164 ?? claim.value.text
    self.init(
      what: "\(claim.key)", topic: "number written in two ways", dn: claim.dn, number: claim.value.text,
      reason:
        "\(claim.value.words) and \(keeper.value.words) of \(keeper.dn) are the same number, \(number), in two formats",
      remedy: claim.kind == .extension
        ? "give one of the two another number in the directory"
        : "remove one of the two from the directory, or use e164 in the template for one format",
      subject: .double(claim, keeper))
  }

  init(_ ambiguity: LintChecks.AmbiguousNumber) {
    let taken = ambiguity.taken
    let isNumber = ambiguity.field == .number
    let others = ambiguity.others.map { "\"\(excerpt($0.value))\" would make \($0.text)" }.joined(separator: ", ")
    let several =
      "\(taken.attribute) has several values; if none is in use, \"\(excerpt(taken.value))\" is used, as the first in byte order, "
      + others
    let prefer = "use prefer \"pattern\" in \(ambiguity.setting)"
    self.init(
      what: "\(ObjectKey(ambiguity.kind, taken.text))", topic: "ambiguous \(ambiguity.field.words)", dn: ambiguity.dn,
      number: isNumber ? taken.text : "",
      reason: isNumber ? several : "the \(ambiguity.field.words) of \(ambiguity.dn): \(several)",
      remedy: isNumber && ambiguity.kind == .contact
        ? "use all in \(ambiguity.setting) for one contact each, or prefer \"pattern\""
        : isNumber
          ? "keep only the right value, \(prefer), or name an attribute with one value in the template"
          : "\(prefer), or name an attribute with one value in the template",
      subject: .ambiguity(ambiguity))
  }

  init(_ cut: LintChecks.OddCut) {
    let (claim, value) = (cut.claim, cut.claim.value)
    let what =
      if case .off(let digits) = value.cut { "last removes \(digits) of \(value.words)" } else {
        "\(value.text) isn't the end of a phone number in \(value.words)"
      }
    self.init(
      what: "\(claim.key)", topic: "odd digits cut off", dn: claim.dn, number: value.text,
      reason: "\(what), and \(cut.usual) of the numbers of other entries",
      remedy: "use extension with ddi instead of last, or correct the value", subject: .cut(cut))
  }

  init(_ site: VacantSite) {
    let dn = if case .below(let base) = site.membership { base } else { "" }
    self.init(
      what: "site", topic: "site without entries", dn: dn, number: "", reason: site.text, remedy: site.remedy)
  }
}

extension FieldValue {
  fileprivate var words: String { "\(attribute) \"\(excerpt(value))\"" }
}
