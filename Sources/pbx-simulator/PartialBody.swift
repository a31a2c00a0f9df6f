import CMicroHTTPD
import Glibc
import PBXSimulator

/// Queues a reply on its connection, or closes the connection if the reply requires it.
func send(_ reply: Response, over connection: OpaquePointer) -> MHD_Result {
  var body = reply.body
  let response: OpaquePointer?
  switch reply.extent {
  case .nothing: return .NO
  case .whole: unsafe response = MHD_create_response_from_buffer(body.count, &body, .RESPMEM_MUST_COPY)
  case .half: unsafe response = half(of: body)
  }
  guard let response = unsafe response else { return .NO }
  defer { unsafe MHD_destroy_response(response) }
  unsafe MHD_add_response_header(response, "Content-Type", reply.contentType)
  unsafe MHD_add_response_header(response, "Cache-Control", "no-store")
  if let name = reply.server { unsafe MHD_add_response_header(response, "Server", name) }
  return unsafe MHD_queue_response(connection, UInt32(clamping: reply.status), response)
}

/// A response that announces all bytes, sends half and fails, which closes the connection.
private func half(of body: [UInt8]) -> OpaquePointer? {
  let context = unsafe Unmanaged.passRetained(PartialBody(body)).toOpaque()
  return unsafe MHD_create_response_from_callback(
    UInt64(body.count), 4096,
    { context, position, buffer, room in
      guard let context = unsafe context, let buffer = unsafe buffer else { return endOfHalf }
      let bytes = unsafe Unmanaged<PartialBody>.fromOpaque(context).takeUnretainedValue().bytes.dropFirst(Int(position))
      guard !bytes.isEmpty else { return endOfHalf }
      unsafe UnsafeMutableRawBufferPointer(start: buffer, count: room).copyBytes(from: bytes.prefix(room))
      return min(bytes.count, room)
    }, context,
    { context in if let context = unsafe context { unsafe Unmanaged<PartialBody>.fromOpaque(context).release() } })
}

/// The part of a body that is sent.
private final class PartialBody: Sendable {
  let bytes: ArraySlice<UInt8>

  init(_ body: [UInt8]) { bytes = body[..<(body.count / 2)] }
}

/// MHD_CONTENT_READER_END_WITH_ERROR, a cast that Swift doesn't import.
private let endOfHalf = -2
