import Domain
import Ledger

/// People by number. Complete without the script, which adds a search.
struct PeopleTable {
  struct Row {
    let key: ObjectKey
    let name: String
    let mail: String
    let dn: String
    /// A remark; empty if there is none.
    let remark: String
  }

  let rows: [Row]

  /// More rows than this are folded until a search.
  private static let mostUnfolded = 30

  init(_ owned: [ManagedObject], _ holds: [HeldSetRecord]) {
    var held: [ObjectKey: String] = [:]
    for hold in holds where hold.isOpen {
      for member in hold.members { held[member.key] = "\(hold.action.rawValue) held" }
    }
    rows = owned.sorted { $0.key < $1.key }.map { object in
      let remarks = [held[object.key], object.unproven.map { _ in "unproven" }, object.absence?.reason.words]
      return Row(
        key: object.key, name: object.item.name, mail: object.item.mail ?? "", dn: object.dn,
        remark: remarks.compactMap(\.self).joined(separator: ", "))
    }
  }

  var html: HTML {
    if rows.isEmpty { return "<p>No managed objects yet.</p>" }
    let isOpen: HTML = rows.count <= Self.mostUnfolded ? " open" : ""
    let counts = rows.map(\.key).countsByKind.joined(separator: ", ")
    return """
      <p id="finder" hidden><label>Find a number or a name: <input id="find" type="search" autocomplete="off"></label>
      <span id="found" role="status"></span></p>
      <details id="everyone"\(isOpen)><summary>\(counts)</summary>
      <table class="people"><thead><tr><th>Number</th><th>Name</th><th>E-mail</th><th>Entry</th></tr></thead><tbody>
      \(rows.map(html))</tbody></table></details>
      """
  }

  private func html(_ row: Row) -> HTML {
    // A contact may have the number of an extension, to which the number plan links.
    let id: HTML = row.key.kind == .extension ? #" id="n\#(row.key.number)""# : ""
    let remarks = [row.key.kind == .contact ? "contact" : "", row.remark].filter { !$0.isEmpty }
    let remark: HTML = remarks.isEmpty ? "" : " <small>\(remarks.joined(separator: ", "))</small>"
    return """
      <tr\(id)><th>\(row.key.number)</th><td>\(row.name)\(remark)</td><td>\(row.mail)</td><td>\(HTML.dn(row.dn))</td></tr>

      """
  }
}

extension Absence.Reason {
  fileprivate var words: String {
    switch self {
    case .missing: "gone from the directory"
    case .disabled: "account disabled"
    case .renumbered: "no longer has this number"
    }
  }
}
