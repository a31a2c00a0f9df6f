import CLDAP
import Glibc
import Platform

/// DNS SRV discovery: the servers for a part of the directory (RFC 2782, RFC 2247).
public struct SRVRecords: Hashable, Sendable {
  public struct Record: Hashable, Sendable {
    public let priority: UInt16
    public let weight: UInt16
    public let port: UInt16
    public let host: String

    public init(priority: UInt16, weight: UInt16, port: UInt16, host: String) {
      (self.priority, self.weight, self.port, self.host) = (priority, weight, port, host)
    }

    /// `ldap1.example.com:389`.
    public var authority: String { "\(host):\(port)" }
  }

  /// The name of the records, such as `_ldap._tcp.example.com`.
  public let name: String
  /// In the order of DNS's answer, which means nothing.
  public let records: [Record]

  public init(name: String, records: [Record]) {
    self.name = name
    self.records = records
  }

  /// The name of the SRV records for a part of the directory; nil for a DN that is no domain's.
  ///
  /// - Parameter dn: such as `ou=people,dc=example,dc=com`.
  public static func name(ofDN dn: String) -> String? {
    var domain: UnsafeMutablePointer<CChar>?
    guard unsafe ldap_dn2domain(dn, &domain) == 0, let domain = unsafe domain else { return nil }
    defer { unsafe ldap_memfree(domain) }
    return unsafe domain.pointee == 0 ? nil : "_ldap._tcp." + (unsafe String(cString: domain))
  }

  /// Asks DNS, for as long as the resolver's own limits let it (resolv.conf(5)), on a queue of its own.
  ///
  /// - Throws: `LDAPError` of the kind `unlisted` if DNS doesn't answer, or lists no server.
  public static func byName(_ name: String) async throws(LDAPError) -> SRVRecords {
    try await Resolver.shared.records(of: name)
  }

  /// `ldap://` URIs, or `ldaps://` for a service of that name, in the order of trying. By
  /// priority, among equals at random by weight, each time again.
  ///
  /// - Parameter preferred: the one to try first among its equals. Otherwise each run would read
  ///   another server. A server of lower priority is used only while those above it are down.
  func uris<Random: RandomNumberGenerator>(preferring preferred: String?, by random: inout Random) -> [String] {
    let scheme = name.lowercased().hasPrefix("_ldaps.") ? "ldaps" : "ldap"
    let groups = Dictionary(grouping: records, by: \.priority).sorted { $0.key < $1.key }
    return groups.flatMap { _, equals in
      let uris = shuffled(equals, &random).map { "\(scheme)://\($0.authority)" }
      return uris.filter { $0 == preferred } + uris.filter { $0 != preferred }
    }
  }
}

extension ConnectionSettings {
  /// The URIs in the order of trying: as configured, or from DNS.
  public func addresses() async throws(LDAPError) -> [String] {
    guard let service else { return uris }
    var random = SystemRandomNumberGenerator()
    return try await SRVRecords.byName(service).uris(preferring: preferred, by: &random)
  }
}

/// By chance, where a weight is a share of the first places. RFC 2782 puts those without weight in front, so that they
/// have a small chance.
private func shuffled<Random: RandomNumberGenerator>(
  _ records: [SRVRecords.Record], _ random: inout Random
) -> [SRVRecords.Record] {
  var rest = records.filter { $0.weight == 0 }.shuffled(using: &random) + records.filter { $0.weight > 0 }
  var order: [SRVRecords.Record] = []
  while !rest.isEmpty {
    let mark = Int.random(in: 0...rest.reduce(0) { $0 + Int($1.weight) }, using: &random)
    var sum = 0
    let next = rest.firstIndex { record in
      sum += Int(record.weight)
      return sum >= mark
    }
    order.append(rest.remove(at: next ?? 0))
  }
  return order
}

/// The SRV records of an answer by DNS (RFC 1035, section 4.1); nil if it can't be read. A target of `.` means that
/// there is no server (RFC 2782), and a target that is no host name is left out.
func serviceRecords(inAnswer bytes: ArraySlice<UInt8>) -> [SRVRecords.Record]? {
  unsafe bytes.withUnsafeBufferPointer { bytes in
    var message = unsafe ns_msg()
    guard unsafe ns_initparse(bytes.baseAddress, Int32(bytes.count), &message) == 0 else { return nil }
    var records: [SRVRecords.Record] = []
    for index in unsafe 0..<Int32(message._counts.1) {
      var record = unsafe ns_rr()
      guard unsafe ns_parserr(&message, ns_s_an, index, &record) == 0 else { return nil }
      // Others come along, such as the CNAME by which the name was found.
      if unsafe record.type != UInt16(ns_t_srv.rawValue) { continue }
      guard unsafe record.rdlength > 6, let data = unsafe record.rdata else { return nil }
      var name = [CChar](repeating: 0, count: Int(NS_MAXDNAME))
      let end = unsafe data + Int(record.rdlength)
      guard unsafe dn_expand(message._msg, end, data + 6, &name, Int32(name.count)) > 0 else { return nil }
      // The root is no host, and a name of other characters than a host's isn't put into a URI.
      guard name[0] != 0, unsafe res_hnok(name) == 1 else { continue }
      let numbers = (0..<3).map { unsafe UInt16(ns_get16(data + 2 * $0)) }
      let host = String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
      records.append(SRVRecords.Record(priority: numbers[0], weight: numbers[1], port: numbers[2], host: host))
    }
    return records
  }
}

/// Whether a URI's host has several addresses of one sort, which may be as many servers. Asks DNS, as `byName` does.
public func hasSeveralAddresses(_ uri: String) async -> Bool { await Resolver.shared.hasSeveralAddresses(uri) }

/// Calls to DNS block this actor's own queue, never the shared pool.
private actor Resolver {
  static let shared = Resolver()

  private let executor = BlockingExecutor(label: "dns")

  nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }

  func records(of name: String) throws(LDAPError) -> SRVRecords {
    // The longest that an answer can be over TCP (RFC 1035, section 4.2.2).
    var answer = [UInt8](repeating: 0, count: 65_535)
    let length = unsafe answer.withUnsafeMutableBufferPointer { buffer in
      unsafe ask_for_services(name, buffer.baseAddress, Int32(buffer.count))
    }
    if length < 0 { throw unlisted(name, failure(-length), code: length) }
    // The length is the answer's own, which may be more than there was room for.
    guard let records = serviceRecords(inAnswer: answer.prefix(Int(length))) else {
      throw unlisted(name, "its answer can't be read", code: 0)
    }
    if records.isEmpty { throw unlisted(name, "no server is listed", code: 0) }
    return SRVRecords(name: name, records: records)
  }

  func hasSeveralAddresses(_ uri: String) -> Bool {
    var notifications = unsafe addrinfo()
    unsafe notifications.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var first: UnsafeMutablePointer<addrinfo>?
    guard let host = LDAPURL(uri)?.host, unsafe getaddrinfo(host, nil, &notifications, &first) == 0 else {
      return false
    }
    defer { unsafe freeaddrinfo(first) }
    // One server may well have one for IPv4 and one for IPv6.
    var counts: [Int32: Int] = [:]
    var next = unsafe first
    while let address = unsafe next?.pointee {
      unsafe counts[address.ai_family, default: 0] += 1
      unsafe next = address.ai_next
    }
    return counts.values.contains { $0 > 1 }
  }

  private func unlisted(_ name: String, _ reason: String, code: Int32) -> LDAPError {
    LDAPError(.lookup, .unlisted, code: code, detail: "DNS has no SRV record \(name): \(reason)")
  }

  private func failure(_ code: Int32) -> String {
    switch code {
    case HOST_NOT_FOUND: "there is no such name"
    case NO_DATA: "the name has no SRV records"
    case TRY_AGAIN: "no name server answers"
    default: "the name server fails"
    }
  }
}
