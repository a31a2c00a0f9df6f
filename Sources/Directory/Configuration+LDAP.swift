import Configuration
import LDAP

extension SearchRequest.Scope {
  init(_ scope: Configuration.Scope) {
    self =
      switch scope {
      case .sub: .sub
      case .one: .one
      case .base: .base
      }
  }
}

extension ConnectionSettings.SASLMechanism {
  init(_ sasl: Configuration.DirectorySection.SASL) {
    self =
      switch sasl {
      case .external: .external
      case .gssapi: .gssapi
      }
  }
}

extension IdentityAttribute.Syntax {
  init(_ syntax: Configuration.DirectorySection.IdentitySyntax) {
    self =
      switch syntax {
      case .text: .text
      case .guid: .guid
      case .octets: .octets
      }
  }
}
