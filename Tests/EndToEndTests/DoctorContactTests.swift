import Foundation
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(15))) struct `The doctor's look at the network` {
  @Test(arguments: [true, false])
  func `tells the days that each certificate of the chain has left`(startTLS: Bool) async throws {
    let it = try await Installation(person("ann", "1001"), tls: true)
    try it.configure(
      servers: [startTLS ? it.slapd.ldapURI : it.slapd.ldapsURI],
      directory: "ca_file = \"\(it.slapd.caFile)\"\nstarttls = \(startTLS)", contacts: "")
    let said = try await it.command("doctor", saying: "No check failed, 1 warning.")
    let chains = said.split(separator: "\n").filter { $0.contains(", TLS: CN = 127.0.0.1, ") }
    #expect(chains.count == 2, "\(said)")
    // The directory shows its authority too.
    #expect(chains.contains { $0.contains("; CN = ca, ") }, "\(said)")
    for chain in chains { #expect(chain.contains("59 days left") || chain.contains("60 days left"), "\(chain)") }
  }

  @Test(arguments: [true, false])
  func `finds a certificate that ends soon, with the command that shows it`(startTLS: Bool) async throws {
    let it = try await Installation(person("ann", "1001"), certificateDays: 5)
    let uri = startTLS ? it.slapd.ldapURI : it.slapd.ldapsURI
    try it.configure(
      servers: [uri], directory: "ca_file = \"\(it.slapd.caFile)\"\nstarttls = \(startTLS)", contacts: "")
    let said = try await it.command("doctor", expecting: 1, saying: "1 of ")
    #expect(said.contains("FAIL  \(uri), TLS: CN = 127.0.0.1, ") && said.contains(" days left, until "), "\(said)")
    #expect(said.contains("renew it before it expires; openssl s_client -connect 127.0.0.1:"))
    #expect(said.contains("-starttls ldap") == startTLS)
  }

  @Test(arguments: [true, false])
  func `says why a certificate isn't trusted`(startTLS: Bool) async throws {
    let it = try await Installation(person("ann", "1001"))
    let uri = startTLS ? it.slapd.ldapURI : it.slapd.ldapsURI
    try it.configure(
      servers: [uri], directory: "ca_file = \"\(it.slapd.wrongCAFile)\"\nstarttls = \(startTLS)", contacts: "")
    let said = try await it.command("doctor", expecting: 1, saying: "1 of ")
    #expect(
      said.contains("FAIL  \(uri), TLS: SSL certificate problem: "), "\(said)")
    #expect(said.contains("set ca_file to the CA that signed it; openssl s_client -connect 127.0.0.1:"))
  }

  @Test func `says of a name that it has no address, and of a port that nobody listens`() async throws {
    let it = try await Installation(person("ann", "1001"))
    try it.configure(
      servers: [it.slapd.ldapURI, "ldap://nobody.invalid:3389", "ldap://127.0.0.1:1"],
      directory: "allow_plaintext = true", contacts: "")
    // The name is also one of those that only examples have.
    let said = try await it.command("doctor", expecting: 1, saying: "3 of ")
    #expect(said.contains("nobody.invalid:3389, name and TCP: Could not resolve host: nobody.invalid"), "\(said)")
    let next = "Next step: getent ahosts nobody.invalid; timeout 5 bash -c 'echo > /dev/tcp/nobody.invalid/3389'"
    #expect(said.contains(next))
    #expect(said.contains("127.0.0.1:1, name and TCP: Failed to connect to 127.0.0.1 port 1"))
  }

  @Test func `compares the clocks of the directory and the PBX with its own`() async throws {
    let it = try await Installation(person("ann", "1001"), slapd: "database monitor")
    try it.configure(contacts: "")
    let said = try await it.command("doctor")
    let clocks = said.split(separator: "\n").filter { $0.contains(", clock: ") }
    #expect(clocks.count == 2 && clocks.allSatisfy { $0.hasSuffix("s apart") }, "\(said)")
  }

  /// In a network of its own, where a name server can answer on its one port.
  @Test(
    .enabled("unshare(1) may make a network") {
      try await ChildProcess.run("unshare", ["-rnm", "true"]).exitStatus == 0
    })
  func `tells which servers DNS names, and which of them the configuration doesn't`() async throws {
    let it = try await Installation(person("ann", "1001"))
    try it.configure(servers: ["ldap://LDAP1.example.com"], directory: "allow_plaintext = true")
    try it.write("resolv.conf", "nameserver 127.0.0.1\noptions timeout:5 attempts:1\n")
    try it.write("names.py", nameServer)
    let script = """
      cd "$0"
      mount --bind resolv.conf /etc/resolv.conf
      python3 names.py > ready & server=$!
      until grep -q ready ready; do sleep 0.05; done
      "$1" --config pbxsyncd.toml doctor; kill $server
      """
    let finished = try await ChildProcess.run(
      "unshare", ["-rnm", "sh", "-c", script, it.folder.path, Installation.binary])
    #expect(
      finished.output.contains(
        "DNS SRV _ldap._tcp.example.com: ldap1.example.com:389, ldap2.example.com:636; "
          + "not in [directory] servers: ldap2.example.com:636"), "\(finished.output)\(finished.errors)")
  }
}

/// Brings the loopback up and answers every question for SRV records (RFC 2782), and no other.
private let nameServer = """
  import fcntl, socket, struct
  names = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
  fcntl.ioctl(names, 0x8914, struct.pack("16sh", b"lo", 0x41))  # SIOCSIFFLAGS: IFF_UP | IFF_RUNNING
  names.bind(("127.0.0.1", 53))
  print("ready", flush=True)
  label = lambda name: b"".join(bytes([len(part)]) + part.encode() for part in name.split(".")) + bytes(1)
  record = lambda order, port, name: b"\\xc0\\x0c" + struct.pack(">HHIHHHH", 33, 1, 60, 6 + len(label(name)), order, 0, port) + label(name)
  while True:
      question, asker = names.recvfrom(4096)
      end = question.index(bytes(1), 12) + 5
      isSRV = question[end - 4:end - 2] == b"\\x00\\x21"
      answers = [record(1, 389, "ldap1.example.com"), record(2, 636, "ldap2.example.com")] if isSRV else []
      head = question[:2] + struct.pack(">HHHHH", 0x8180, 1, len(answers), 0, 0)
      names.sendto(head + question[12:end] + b"".join(answers), asker)
  """
