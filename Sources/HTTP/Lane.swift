import Platform

/// One libcurl handle with the connection that it keeps. Requests block this actor's own queue, never the shared pool.
actor Lane {
  private let executor = BlockingExecutor(label: "http")
  private let handle: Result<EasyHandle, HTTPError>

  nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }

  /// Settings that libcurl can't take, or no memory, are the error of each request.
  init(_ settings: ClientSettings) {
    handle = Result { () throws(HTTPError) in try EasyHandle(settings) }
  }

  func send(_ request: Request) throws(HTTPError) -> Response {
    switch handle {
    case .success(let handle): try handle.send(request)
    case .failure(let error): throw error
    }
  }
}
