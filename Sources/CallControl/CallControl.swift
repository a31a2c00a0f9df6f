public import Domain
public import HTTP

/// The vendor's Call Control Manager API. It can only write: what the PBX holds is known from its answers alone.
///
/// Each call is one request, never repeated here. May be used from several tasks at once.
public struct CallControl: Sendable {
  let settings: CallControlSettings
  private let client: Client
  private let redactor: SecretRedactor
  /// What stands before the parameters of a call: the URL; nothing in a form.
  private let head: String

  public init(_ settings: CallControlSettings, over client: Client) {
    self.settings = settings
    self.client = client
    redactor = SecretRedactor(settings.key)
    head = settings.parameters == .query ? "\(settings.url)?" : ""
  }

  /// What the PBX's clock said in its last answer, in seconds since 1970; nil where it didn't say.
  public var serverDate: Int64? { client.serverDate }

  /// Why a call can't be sent at all; nil for one that can.
  public func objection(to call: Call) -> String? {
    objection(to: text(of: APIRequest(call, settings.protocol)))
  }

  /// A form stands in the body, for which servers have room: there the limit bounds batches alone.
  private func objection(to text: ParameterEncoder) -> String? {
    let length = queryLength(of: text)
    if length <= settings.maxQueryBytes || settings.parameters == .form { return nil }
    return "the call needs \(length) bytes, max_query_bytes is \(settings.maxQueryBytes)"
  }

  /// What the PBX's web server called itself in its last answer, empty where it doesn't say; nil before the first answer.
  public var serverSoftware: String? { client.serverSoftware }

  /// Makes one call, in one request.
  public func make(_ call: Call) async -> CallResult { await timing(call).answer }

  /// The same, and how long the PBX took for it.
  public func timing(_ call: Call) async -> (answer: CallResult, time: Duration) {
    await carryOut(APIRequest(call, settings.protocol))
  }

  /// Adds extensions in one request, best as many as `fitting` says.
  ///
  /// An answer for several is `.accepted`, `.badKey`, `.tooLong` or `.notSent`, which hold for all of them; `.taken`,
  /// which says that one of them at least isn't ours; or another, which leaves each of them in doubt, since nothing
  /// says how many were created before the one that failed.
  public func add(_ extensions: [Extension]) async -> CallResult { await timing(adding: extensions).answer }

  /// The same, and how long the PBX took for it.
  public func timing(adding extensions: [Extension]) async -> (answer: CallResult, time: Duration) {
    precondition(!extensions.isEmpty, "nothing to add")
    return await carryOut(addition(of: extensions))
  }

  func addition(of extensions: [Extension]) -> APIRequest {
    if extensions.count == 1 { return APIRequest(.addExtension(extensions[0]), settings.protocol) }
    return APIRequest(addingSeveral: extensions, settings.protocol)
  }

  private func carryOut(_ operation: APIRequest) async -> (answer: CallResult, time: Duration) {
    let text = text(of: operation)
    if let objection = objection(to: text) { return (CallResult(.tooLong, message: objection), .zero) }
    let request =
      switch settings.parameters {
      case .query: Request(url: String(text))
      case .form: Request(url: settings.url, form: String(text))
      }
    let (result, time) = await client.timing(request)
    do {
      return (operation.judge(try result.get(), redactor), time)
    } catch {
      return (
        CallResult(error.mayHaveArrived ? .unanswered : .notSent, message: redactor.excerpt("\(error)")), time
      )
    }
  }

  /// The whole URL, or the form.
  func text(of operation: APIRequest) -> ParameterEncoder {
    // Room for what `fitting` finds too long by an object.
    var text = ParameterEncoder(capacity: head.utf8.count + min(settings.maxQueryBytes, 8192) + 512)
    text.append(encoded: head)
    operation.write(to: &text, settings.key)
    return text
  }

  /// How long it is behind the `?` of the URL, or as a form.
  func queryLength(of text: ParameterEncoder) -> Int { text.bytes.count - head.utf8.count }
}
