public import Domain
public import HTTP

/// The vendor's Call Control Manager API. It can only write: what the PBX holds is known from its answers alone.
///
/// Each call is one request, never repeated here. May be used from several tasks at once.
public struct CallControl: Sendable {
  let settings: CallControlSettings
  private let client: Client
  private let scrubber: Scrubber

  public init(_ settings: CallControlSettings, over client: Client) {
    self.settings = settings
    self.client = client
    scrubber = Scrubber(settings.key)
  }

  /// What the PBX's clock said in its last answer, in seconds since 1970; nil where it didn't say.
  public var serverDate: Int64? { client.serverDate }

  /// Makes one call, in one request.
  public func make(_ call: Call) async -> Answer {
    await carryOut(Operation(call, settings.protocol))
  }

  /// Adds extensions in one request, best as many as `fitting` says.
  ///
  /// An answer for several is `.accepted`, `.badKey`, `.tooLong` or `.notSent`, which hold for all of them; `.taken`,
  /// which says that one of them at least isn't ours; or another, which leaves each of them in doubt, since nothing
  /// says how many were created before the one that failed.
  public func add(_ extensions: [Extension]) async -> Answer {
    precondition(!extensions.isEmpty, "nothing to add")
    return await carryOut(addition(of: extensions))
  }

  func addition(of extensions: [Extension]) -> Operation {
    if extensions.count == 1 { return Operation(.addExtension(extensions[0]), settings.protocol) }
    return Operation(addingSeveral: extensions, settings.protocol)
  }

  private func carryOut(_ operation: Operation) async -> Answer {
    let query = query(for: operation)
    guard query.utf8.count <= settings.maxQueryBytes else {
      return Answer(
        .tooLong, message: "the call needs \(query.utf8.count) bytes, max_query_bytes is \(settings.maxQueryBytes)")
    }
    let endpoint = settings.url.prefix { $0 != "?" }
    let request =
      switch settings.parameters {
      case .query: Request(url: "\(endpoint)?\(query)")
      case .form: Request(url: settings.url, form: query)
      }
    do {
      return operation.judge(try await client.send(request), scrubber)
    } catch {
      return Answer(
        error.mayHaveArrived ? .unanswered : .notSent, message: scrubber.excerpt("\(error)"))
    }
  }

  /// What stands behind the `?` of the URL, or in the form.
  func query(for operation: Operation) -> String {
    let parameters = operation.parameters(settings.key)
    guard settings.parameters == .query, let mark = settings.url.firstIndex(of: "?") else { return parameters }
    return "\(settings.url[settings.url.index(after: mark)...])&\(parameters)"
  }
}
