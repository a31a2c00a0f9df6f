import Configuration
import Domain
package import LDAP
import Mapping

/// An attribute that the configuration names, and its position.
package struct NamedAttribute: Hashable, Sendable {
  package let name: String
  /// Such as `extension.last_name of "users"`.
  let place: String
}

extension CompiledConfiguration {
  /// Every attribute that a template, a filter, a site or the identity names.
  package var namedAttributes: [NamedAttribute] {
    let ofSources = sources.flatMap { source -> [NamedAttribute] in
      let filters = [
        ("filter", source.filter), ("exclude", source.selection.exclude ?? ""),
        ("disabled", source.disabledFilter ?? ""),
      ]
      let names =
        source.fields.flatMap { field in field.template.attributes.map { ($0, field.key) } }
        + filters.flatMap { key, filter in attributes(inFilter: filter).map { ($0, key) } }
      return names.sorted { ($0.1, $0.0) < ($1.1, $1.0) }.map { name, key in
        NamedAttribute(name: name, place: "\(key) of \"\(source.name)\"")
      }
    }
    let ofSites = configuration.sites.compactMap { site -> NamedAttribute? in
      guard case .valued(let attribute, _) = site.condition else { return nil }
      return NamedAttribute(name: attribute, place: "attribute of the site \"\(site.name)\"")
    }
    let identity = configuration.directory.identity.map { NamedAttribute(name: $0, place: "[directory] identity") }
    return ofSources + ofSites + [identity].compactMap(\.self)
  }

  /// Makes attributes available by the names of the configuration, whatever synonym the server uses.
  ///
  /// - Throws: `LDAPError` with every name that the server doesn't know: it would treat each as an attribute without values.
  package func translate(at connection: Connection) async throws(LDAPError) {
    guard let schema = try await schema(at: connection) else { return }
    let unknown = namedAttributes.filter { !schema.knows($0.name) }
    if !unknown.isEmpty { throw LDAPError(unknown: unknown, schema, at: connection.uri) }
    try await connection.answer(toNames: Set(namedAttributes.map(\.name)))
  }

  /// The server's schema; nil if it isn't visible, or if the check is turned off.
  package func schema(at connection: Connection) async throws(LDAPError) -> Schema? {
    configuration.directory.checksSchema ? try await connection.schema() : nil
  }
}

extension LDAPError {
  fileprivate init(unknown attributes: [NamedAttribute], _ schema: Schema, at uri: String) {
    let texts = attributes.map { attribute in
      let guess = schema.nearest(to: attribute.name).map { ", did you mean \($0)?" } ?? ""
      return "\(attribute.name) (\(attribute.place)\(guess))"
    }
    self.init(
      .schema, .unknownAttribute, code: 0, detail: "\(uri) has no attribute \(texts.joined(separator: ", nor "))")
  }
}

extension MappingProblem {
  /// An attribute that no entry has, on a server that doesn't show its schema.
  init(unseen attribute: String, of source: Source) {
    let keys = source.fields.filter { $0.template.attributes.contains(attribute) }.map(\.key).joined(separator: ", ")
    self.init(
      dn: source.base, entry: nil, attribute: attribute,
      reason: "no entry of \"\(source.name)\" has \(attribute), which \(keys) asks for",
      remedy:
        "Check its name, and that the bind identity may read it: the server doesn't show which attributes it knows.")
  }
}
