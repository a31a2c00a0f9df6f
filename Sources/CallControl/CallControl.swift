public import Domain
public import HTTP

/// A call that is longer than the PBX accepts.
public struct CallLengthError: Error, Hashable, Sendable, CustomStringConvertible {
  /// In bytes, percent-encoded.
  public let length: Int
  public let limit: Int

  public var description: String { "the call needs \(length) bytes, max_query_bytes is \(limit)" }
}

/// The vendor's Call Control Manager API. It can only write: the PBX's objects are known only from its answers.
///
/// Each call is one request, never repeated here. May be used from several tasks at once.
public struct CallControl: Sendable {
  let settings: CallControlSettings
  private let transport: any Transport
  private let redactor: SecretRedactor

  public init(_ settings: CallControlSettings, over transport: any Transport) {
    self.settings = settings
    self.transport = transport
    redactor = SecretRedactor(settings.key)
  }

  /// The PBX's clock in its last answer, in seconds since 1970; nil if the answer had none.
  public var serverDate: Int64? { transport.serverDate }

  /// Checks that a call can be sent at all.
  ///
  /// - Throws: `CallLengthError` if it is longer than the PBX accepts.
  public func checkLength(of call: Call) throws(CallLengthError) {
    try checkLength(of: text(of: APIRequest(call, settings.protocol)))
  }

  /// A form is in the body, where servers accept more: there the limit applies only to batches.
  private func checkLength(of text: ParameterEncoder) throws(CallLengthError) {
    let length = text.bytes.count
    if length > settings.maxQueryBytes, settings.parameters == .query {
      throw CallLengthError(length: length, limit: settings.maxQueryBytes)
    }
  }

  /// The `Server` header of the last answer, empty if there is none; nil before the first answer.
  public var serverSoftware: String? { transport.serverSoftware }

  /// Makes one call, in one request.
  public func make(_ call: Call) async -> CallResult { await makeTimed(call).answer }

  /// Makes one call and returns the PBX's response time too.
  public func makeTimed(_ call: Call) async -> (answer: CallResult, time: Duration) {
    await send(APIRequest(call, settings.protocol))
  }

  /// Adds extensions in one request, at most as many as `batchSize(for:)` allows.
  ///
  /// A result for several is `.accepted`, `.badKey`, `.tooLong` or `.notSent`, which apply to all of them; `.taken`, if at least one
  /// of them is foreign; or another, which leaves each of them in doubt, because it isn't known how many were created before the
  /// failed one.
  public func add(_ extensions: [Extension]) async -> CallResult { await addTimed(extensions).answer }

  /// Adds extensions in one request and returns the PBX's response time too.
  public func addTimed(_ extensions: [Extension]) async -> (answer: CallResult, time: Duration) {
    precondition(!extensions.isEmpty, "nothing to add")
    return await send(addition(of: extensions))
  }

  /// The number of `extensions`, from the first on, that `add` can send in one request of `maxQueryBytes`.
  ///
  /// At least one: for a single extension that is too long `add` returns `.tooLong` and sends nothing.
  public func batchSize(for extensions: [Extension]) -> Int {
    var query = text(of: addition(of: []))
    for (count, added) in extensions.enumerated() {
      if count > 0 { query.append(",") }
      query.append(added)
      if query.bytes.count > settings.maxQueryBytes { return max(1, count) }
    }
    return extensions.count
  }

  func addition(of extensions: [Extension]) -> APIRequest {
    if extensions.count == 1 { return APIRequest(.addExtension(extensions[0]), settings.protocol) }
    return APIRequest(addingSeveral: extensions, settings.protocol)
  }

  private func send(_ request: APIRequest) async -> (answer: CallResult, time: Duration) {
    let text = text(of: request)
    do throws(CallLengthError) {
      try checkLength(of: text)
    } catch {
      return (CallResult(.tooLong, message: error.description), .zero)
    }
    let httpRequest =
      switch settings.parameters {
      case .query: Request(url: settings.url, .query(String(text)))
      case .form: Request(url: settings.url, .form(String(text)))
      }
    let (result, time) = await transport.sendTimed(httpRequest)
    do {
      return (request.result(of: try result.get(), redactor: redactor), time)
    } catch {
      return (
        CallResult(error.mayHaveArrived ? .unanswered : .notSent, message: redactor.excerpt("\(error)")), time
      )
    }
  }

  /// The query or the form.
  func text(of request: APIRequest) -> ParameterEncoder {
    // Space for one object more than `batchSize(for:)` allows.
    var text = ParameterEncoder(capacity: min(settings.maxQueryBytes, 8192) + 512)
    request.write(to: &text, settings.key)
    return text
  }
}
