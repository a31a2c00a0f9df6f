/// A value that a server changes with each change of its data, so that one small read shows whether anything has changed.
public struct ChangeMarker: Hashable, Sendable {
  /// The server's URI.
  public let server: String
  private let sequenceNumbers: Set<String>

  /// The sequence numbers with their naming contexts, for messages and the read report.
  public var text: String { sequenceNumbers.sorted().joined(separator: "; ") }

  fileprivate init(server: String, sequenceNumbers: Set<String>) {
    self.server = server
    self.sequenceNumbers = sequenceNumbers
  }
}

extension ChangeMarker {
  /// The last change of a provider in a marker's text, if `others` have a later one; otherwise nil.
  public static func lag(of text: String, behind others: [String]) -> (last: String, seen: String)? {
    let before = others.map(lastChanges).reduce(into: [:]) { $0.merge($1, uniquingKeysWith: max) }
    for (origin, last) in lastChanges(text).sorted(by: { $0.key < $1.key }) {
      if let seen = before[origin], last < seen { return (last, seen) }
    }
    return nil
  }

  /// The last change of each provider: contextCSNs with their naming contexts. A CSN is a time, a count, the provider's id and
  /// a modifier with `#` between them, made to be compared as text (slapd's lutil_csnstr; draft-ietf-ldup-model).
  private static func lastChanges(_ text: String) -> [String: String] {
    let pairs = text.split(separator: "; ").compactMap { part -> (String, String)? in
      guard let blank = part.lastIndex(of: " ") else { return nil }
      let fields = part[part.index(after: blank)...].split(separator: "#", omittingEmptySubsequences: false)
      guard fields.count == 4 else { return nil }
      return ("\(part[..<blank]) \(fields[2])", "\(fields[0])#\(fields[1])")
    }
    return Dictionary(pairs, uniquingKeysWith: max)
  }
}

extension Connection {
  /// The marker for all of `bases`; nil if this server has none, or shows none to this bind.
  ///
  /// It is OpenLDAP's contextCSN, one for each provider, at the top of a naming context that has slapo-syncprov(5) or
  /// is a consumer's copy. It covers changed entries, not changed access rules.
  public func changeMarker(over bases: [String]) throws(LDAPError) -> ChangeMarker? {
    guard let contexts = try countedContexts(of: bases) else { return nil }
    var sequenceNumbers: Set<String> = []
    for context in contexts {
      guard let top = try read(context, attributes: ["contextCSN"]), !top.values("contextCSN").isEmpty
      else { return nil }
      sequenceNumbers.formUnion(top.values("contextCSN").compactMap(\.text).map { "\(context) \($0)" })
    }
    return ChangeMarker(server: uri, sequenceNumbers: sequenceNumbers)
  }

  /// The entries with the markers of some bases: the tops of their naming contexts, and of databases that are glued below those
  /// with markers of their own. slapd has one marker for all of them if its overlay glue is above one syncprov at the superior
  /// (slapo-syncprov(5)).
  ///
  /// - Returns: nil if a base is in no naming context.
  func countedContexts(of bases: [String]) throws(LDAPError) -> Set<String>? {
    let rootDSE = try rootDSE()
    var contexts: Set<String> = []
    for base in Set(bases) {
      guard let context = rootDSE.namingContext(of: DN(base)) else { return nil }
      contexts.insert(context)
      if rootDSE.family == .openLDAP { contexts.formUnion(try gluedContexts(from: base, to: context)) }
    }
    return contexts
  }

  private func gluedContexts(from base: String, to context: String) throws(LDAPError) -> Set<String> {
    if let known = knownGluedContexts[base] { return known }
    var found: Set<String> = []
    let top = DN(context)
    var dn = DN(base)
    while dn != top, !dn.isEmpty {
      if try read(dn.text, attributes: ["contextCSN"])?.first("contextCSN") != nil { found.insert(dn.folded) }
      dn = dn.parent
    }
    knownGluedContexts[base] = found
    return found
  }
}

extension RootDSE {
  /// An entry's naming context; nil if there is none, or if the DN has an unusual spelling.
  func namingContext(of dn: DN) -> String? {
    // A partition below another is nearer: Active Directory has the configuration's below the domain's.
    namingContexts.filter { DN($0).covers(dn) }.max { $0.utf8.count < $1.utf8.count }
  }
}
