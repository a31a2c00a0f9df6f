import CMicroHTTPD
import Glibc
import PBXSimulator
import Synchronization

/// Serves one `SimulatedPBX` over HTTP or HTTPS, a thread for each connection.
final class HTTPServer: Sendable {
  /// The state shared by the connections' threads. Held while a request is handled, never during a delay.
  private let pbx: Mutex<SimulatedPBX>
  private let log: AccessLog?

  init(_ pbx: SimulatedPBX, log: AccessLog?) {
    self.pbx = Mutex(pbx)
    self.log = log
  }

  /// Starts the server and returns the port. It runs as long as the process.
  func start(_ options: Options) throws(UsageError) -> UInt16 {
    let context = unsafe Unmanaged.passRetained(self)
    let daemon = unsafe cmhd_start(
      options.host, options.port, options.tlsKey, options.tlsCertificate, begin, receive, end, context.toOpaque())
    guard let daemon = unsafe daemon else {
      let detail = errno == 0 ? "is the certificate's or the key's file not PEM?" : reason()
      unsafe context.release()
      throw UsageError("can't listen on \(options.host):\(options.port): \(detail)")
    }
    return unsafe cmhd_port(daemon)
  }

  func answer(_ request: Request) -> Response {
    let reply = pbx.withLock { $0.receive(request) }
    if let line = reply.record { log?.append(line) }
    if reply.delay > 0 { wait(milliseconds: reply.delay) }
    return reply
  }
}

private func wait(milliseconds: Int) {
  var time = timespec(tv_sec: milliseconds / 1000, tv_nsec: milliseconds % 1000 * 1_000_000)
  unsafe nanosleep(&time, nil)
}

/// An incoming request. Only the connection's thread uses it.
private final class IncomingRequest {
  let target: String
  var hasBegun = false
  var body: [UInt8] = []

  init(target: String) { self.target = target }
}

/// The request line has arrived. The object is stored in the request's slot and `end` releases it.
private func begin(
  context: UnsafeMutableRawPointer?, target: UnsafePointer<CChar>?, connection: OpaquePointer?
) -> UnsafeMutableRawPointer? {
  let target = unsafe target.map { unsafe String(cString: $0) } ?? ""
  return unsafe Unmanaged.passRetained(IncomingRequest(target: target)).toOpaque()
}

private func end(
  context: UnsafeMutableRawPointer?, connection: OpaquePointer?,
  slot: UnsafeMutablePointer<UnsafeMutableRawPointer?>?, how: MHD_RequestTerminationCode
) {
  guard let incoming = unsafe slot?.pointee else { return }
  unsafe Unmanaged<IncomingRequest>.fromOpaque(incoming).release()
  unsafe slot?.pointee = nil
}

/// libmicrohttpd calls this once after the headers, then for each part of the body, then once more for the answer.
private func receive(
  context: UnsafeMutableRawPointer?, connection: OpaquePointer?, path: UnsafePointer<CChar>?,
  method: UnsafePointer<CChar>?, version: UnsafePointer<CChar>?, upload: UnsafePointer<CChar>?,
  size: UnsafeMutablePointer<Int>?, slot: UnsafeMutablePointer<UnsafeMutableRawPointer?>?
) -> MHD_Result {
  guard let context = unsafe context, let connection = unsafe connection, let method = unsafe method,
    let size = unsafe size, let object = unsafe slot?.pointee
  else { return .NO }
  let incoming = unsafe Unmanaged<IncomingRequest>.fromOpaque(object).takeUnretainedValue()
  guard incoming.hasBegun else {
    incoming.hasBegun = true
    return .YES
  }
  if let upload = unsafe upload, unsafe size.pointee > 0 {
    // Far more than any call or fixture needs: a longer body closes the connection.
    guard incoming.body.count < 64 << 20 else { return .NO }
    unsafe incoming.body += UnsafeRawBufferPointer(start: upload, count: size.pointee)
    unsafe size.pointee = 0
    return .YES
  }
  let length = unsafe header("Content-Length", of: connection) ?? header("Transfer-Encoding", of: connection)
  let request = unsafe Request(
    method: String(cString: method), target: incoming.target,
    contentType: header("Content-Type", of: connection) ?? "", hasLength: length != nil, body: incoming.body)
  let server = unsafe Unmanaged<HTTPServer>.fromOpaque(context).takeUnretainedValue()
  return unsafe send(server.answer(request), over: connection)
}

private func header(_ name: String, of connection: OpaquePointer) -> String? {
  unsafe MHD_lookup_connection_value(connection, .HEADER_KIND, name).map { unsafe String(cString: $0) }
}
