package import CallControl
package import Configuration
import Directory
package import HTTP

extension CompiledConfiguration {
  package func securityKey() throws(ConfigurationError) -> SecurityKey {
    SecurityKey(try credentials.secret(configuration.pbx.securityKeyFile))
  }

  /// - Parameter transport: nil for a client of its own.
  package func callControl(with key: SecurityKey, over transport: (any Transport)? = nil) -> CallControl {
    let pbx = configuration.pbx
    return CallControl(
      CallControlSettings(
        url: pbx.url, key: key, protocol: pbx.protocol,
        maxQueryBytes: pbx.maxQueryBytes, parameters: .init(pbx.parameters)),
      over: transport ?? HTTP.Client(clientSettings))
  }

  /// How the PBX is talked to.
  package var clientSettings: ClientSettings {
    let pbx = configuration.pbx
    return ClientSettings(
      connectTimeout: pbx.connectTimeout, requestTimeout: pbx.requestTimeout, maxInFlight: pbx.maxInFlight,
      caFile: pbx.caFile, pinnedPublicKey: pbx.tlsPin,
      userAgent: "pbxsyncd/\(version)")
  }
}

extension PlanExecutor.ExecutionSettings {
  package init(_ pbx: Configuration.PBXSection, until deadline: ContinuousClock.Instant) {
    self.init(maxInFlight: pbx.maxInFlight, retries: pbx.retries, deadline: deadline)
  }
}

extension CallControlSettings.Parameters {
  fileprivate init(_ parameters: Configuration.PBXSection.Parameters) {
    self =
      switch parameters {
      case .query: .query
      case .form: .form
      }
  }
}
