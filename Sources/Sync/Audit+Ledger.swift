import Configuration
package import Directory
import Domain
package import Ledger
package import Reconcile

extension Audit {
  /// Compares the evidence with the ledger's present state.
  package init(_ evidence: PBXEvidence, _ ledger: Ledger, _ setup: CompiledConfiguration) async throws(LedgerError) {
    let (state, former) = (try await ledger.state(), try await ledger.formerObjects())
    let (numbers, pools) = (setup.configuration.numbers.policy, setup.pools)
    let audit = Audit(evidence, remembering: state, former: former, numbers: numbers, pools: pools)
    // Values that were sent earlier matter only for objects whose values differ.
    let keys = (audit.all(.replaced) + audit.all(.different) + audit.all(.unproven)).map(\.key)
    var calls = try await ledger.acceptedCalls(about: keys)
    // A contact may have had another number.
    for key in keys { calls[key]?.removeAll { $0.intent.call.key != key } }
    self.init(
      evidence, remembering: state, former: former, numbers: numbers, pools: pools,
      sent: calls.mapValues(\.itemsSent), updates: calls.mapValues(\.updates))
  }

  /// One line of counts.
  package var summary: String {
    let counts = Result.allCases.map { (count($0), $0) }.filter { $0.0 > 0 }.map {
      "\($0) \($1 == .equal && isByNumber ? "there" : $1.words($0))"
    }
    return "Audit: " + (counts.isEmpty ? "nothing to compare" : counts.joined(separator: ", "))
  }
}

extension [PastCall] {
  /// All values that were sent.
  fileprivate var itemsSent: Set<PBXObject> { Set(compactMap(\.intent.call.item)) }

  fileprivate var updates: [CompletedCall] {
    filter { $0.intent.call.action == .update }.map { CompletedCall($0.intent.call, before: $0.intent.before) }
  }
}

extension Audit.Result {
  fileprivate func words(_ count: Int) -> String {
    switch self {
    case .equal: count == 1 ? "as it should be" : "as they should be"
    case .unwanted: "no longer wanted"
    case .occupied: "taken that were managed before"
    case .lost: "lost"
    case .different: "with other values"
    case .stored: "as the PBX stores \(count == 1 ? "it" : "them")"
    case .replaced: "replaced"
    case .revived: "there again"
    case .proved: "proved to be managed"
    case .unproven: "unproven"
    case .foreign: "foreign"
    case .forgotten: "of a pool and not known"
    case .knownForeign: "known to be foreign"
    case .foreignGone: "foreign and gone"
    case .inDoubt: "in doubt"
    }
  }
}
