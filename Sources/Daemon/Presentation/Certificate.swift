import Domain
import Ledger
import Platform

extension ReadRecord {
  /// The certificate as one line: who answered, to whom, what to which question, and whether that was all.
  var text: String {
    let identity = [vendor, name, invocationID, marker].filter { !$0.isEmpty }.joined(separator: ", ")
    let who = identity.isEmpty ? server : "\(server) (\(identity))"
    let searched = searches.map(\.text)
    let canary = canariesWanted == 0 ? [] : ["canaries \(canaries) of \(canariesWanted)"]
    let verdict = incomplete.map { "incomplete: \($0)" } ?? "complete"
    return "\(who) as \"\(bindDN)\", \(localTime(startedAt)), \(endedAt - startedAt) s: "
      + (searched + canary + [verdict]).joined(separator: "; ")
  }

  var json: JSON {
    [
      "complete": .bool(incomplete == nil), "incomplete_because": .optional(incomplete), "server": .string(server),
      "vendor": .string(vendor), "name": .string(name), "invocation_id": .string(invocationID),
      "marker": .string(marker), "bind_dn": .string(bindDN), "entries": .count(entries), "pages": .count(pages),
      "referrals": .count(referrals), "canaries_seen": .count(canaries), "canaries_wanted": .count(canariesWanted),
      "started_at": .number(startedAt), "ended_at": .number(endedAt), "searches": .array(searches.map(\.json)),
    ]
  }
}

extension SearchRecord {
  fileprivate var text: String {
    let referred = referrals == 0 ? "" : ", \(counted(referrals, "referral"))"
    return
      "\(source) (\(view.base), \(view.scope), filter \(view.filterHash)) gave "
      + "\(counted(entries, "entry", "entries")) in \(counted(pages, "page"))"
      + "\(referred), result \(resultCode)"
  }

  fileprivate var json: JSON {
    [
      "source": .string(source), "kind": .string(view.kind.rawValue), "base": .string(view.base),
      "scope": .string(view.scope), "filter_hash": .string(view.filterHash), "entries": .count(entries),
      "pages": .count(pages), "referrals": .count(referrals), "result_code": .count(resultCode),
      "fell_from": fellFrom.map(JSON.count) ?? .null,
    ]
  }
}
