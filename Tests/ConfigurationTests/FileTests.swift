import Foundation
import TestSupport
import Testing

@testable import Configuration

@Suite(.timeLimit(.minutes(15))) struct `Files`: ~Copyable {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test func `that are missing, irregular or unreadable are reported with the remedy`() throws {
    #expect(failure(folder.path + "/none.toml") == "there is no such file; create it, or correct the path")
    #expect(failure(folder.path) == "this is a directory; name a file in it")
    let made = unsafe mkfifo(folder.path + "/fifo", 0o600)
    try #require(made == 0)
    #expect(failure(folder.path + "/fifo") == "this isn't a regular file; name a regular file")
    #expect(failure(folder.path + "/a\0b") != nil)
    let long = try folder.write("long", Data(count: 1_048_577))
    #expect(failure(long) == "the file is longer than 1048576 bytes")
  }

  @Test(arguments: [
    ("[numbers]\ncountry = 5\n[state]\ndirectory = \"/a\"\n", "/a"), ("[numbers]\nnonsense = 1\n", "/var/lib/pbxsyncd"),
    ("[sate]\ndirectory = \"/a\"\n", nil), ("[state]\ndirectroy = \"/a\"\n", nil),
    ("[state]\ndirectory = \"a\"\n", nil), ("[removal]\nafter = 24h\n[state]\ndirectory = \"/a\"\n", nil),
  ]) func `with other errors still have the state folder`(text: String, directory: String?) {
    let name = text.hasPrefix("[numbers]") ? "numbers" : "state"
    do throws(ConfigurationError) {
      _ = try read(parts.filter { $0.key != name }.map(\.value).joined() + text)
      Issue.record("nothing was wrong")
    } catch {
      #expect(error.stateDirectory == directory, "\(error)")
    }
  }

  @Test(.enabled(if: geteuid() != 0, "root may read everything"))
  func `without permission are reported with the remedy`() throws {
    let path = try folder.write("c.toml", "", mode: 0o000)
    #expect(failure(path) == "it can't be read: permission denied; make it readable for the user that runs pbxsyncd")
  }

  @Test(arguments: [
    (Data([0xEF, 0xBB, 0xBF]) + Data("a = 1".utf8), "", "the file begins with a byte order mark; remove it: sed -i"),
    (Data([0xFF, 0xFE, 0x61, 0x00]), "", "the file is UTF-16, not UTF-8; convert it: iconv -f UTF-16"),
    (
      Data("a = 1\nö = \"x".utf8) + Data([0xE4, 0x22]), "2:7:",
      "the file isn't UTF-8; if it is Latin-1, convert it: iconv -f ISO-8859-1"
    ),
    (Data([0x61, 0x0A, 0x00]), "2:1:", "the file has a NUL byte, so it isn't text"),
  ])
  func `in another encoding are refused with the command to convert them`(bytes: Data, place: String, message: String)
    throws
  {
    let error = #expect(throws: ConfigurationError.self) {
      try Configuration(Array(bytes), file: "F", credentialsDirectory: nil, stateDirectory: nil)
    }
    #expect(try #require(error).description.hasPrefix("F:\(place) \(message)"))
    #expect(try #require(error).description.contains("\n") == false)
  }

  @Test(arguments: [0o600, 0o640, 0o644, 0o602])
  func `of secrets that systemd passes on must not be readable by others`(mode: Int) throws {
    let credentials = try TemporaryFolder()
    try credentials.write("key", "secret")
    try folder.write("key", "secret", mode: mode)
    let text = configuration("state", "")
    let file = folder.path + "/pbxsyncd.toml"
    if mode & 0o007 == 0 {
      #expect(
        try read(text, file: file, credentialsDirectory: credentials.path).pbx.securityKeyFile == credentials.path
          + "/key")
    } else {
      let error = #expect(throws: ConfigurationError.self) {
        try read(text, file: file, credentialsDirectory: credentials.path)
      }
      #expect(try #require(error).description.contains("other users can read the secret \(folder.path)/key"))
      #expect(try #require(error).description.contains("chmod o-rwx \(folder.path)/key"))
    }
  }

  @Test func `with relative names are credentials if they exist, otherwise beside the configuration`() throws {
    let credentials = try TemporaryFolder()
    try credentials.write("key", "secret")
    let file = folder.path + "/pbxsyncd.toml"
    let text = configuration(
      "directory", "[directory]\nservers = [\"ldaps://a\"]\nbind_dn = \"cn=a\"\nbind_password_file = \"password\"")
    let it = try read(text, file: file, credentialsDirectory: credentials.path)
    #expect(it.pbx.securityKeyFile == credentials.path + "/key")
    #expect(it.directory.bindPasswordFile == folder.path + "/password")
    #expect(try read(text, file: file).pbx.securityKeyFile == folder.path + "/key")
    #expect(try read(text, file: "here.toml").pbx.securityKeyFile == "key")
    #expect(try read(text.replacing("\"key\"", with: "\"/k\""), file: file).pbx.securityKeyFile == "/k")
  }

  @Test(arguments: [
    ("", nil, "/var/lib/pbxsyncd"), ("", "/var/lib/a", "/var/lib/a"), ("", "/var/lib/a:/var/lib/b", "/var/lib/a"),
    ("[state]\ndirectory = \"/srv\"", "/var/lib/a", "/srv"), ("", "", "/var/lib/pbxsyncd"),
  ])
  func `of state are in the folder of the configuration, systemd or the default`(
    text: String, given: String?, path: String
  )
    throws
  {
    #expect(try read(configuration("state", text), stateDirectory: given).state.directory == path)
  }

  @Test(arguments: [
    ("/etc/pbxsyncd/pbxsyncd.toml", "/var/lib/pbxsyncd"),
    ("/etc/pbxsyncd/berlin/pbxsyncd.toml", "/var/lib/pbxsyncd-berlin"),
    ("/srv/pbxsyncd/berlin/pbxsyncd.toml", "/var/lib/pbxsyncd"), ("berlin/pbxsyncd.toml", "/var/lib/pbxsyncd"),
  ])
  func `of state are the service's own where there are several`(file: String, path: String) throws {
    #expect(try read(configuration("state", ""), file: file).state.directory == path)
  }

  /// The report about a configuration file.
  private func failure(_ path: String) -> String? {
    do throws(ConfigurationError) {
      _ = try Configuration.load(file: path, credentialsDirectory: nil, stateDirectory: nil)
      return nil
    } catch {
      return error.description.hasPrefix("\(path): ") ? String(error.description.dropFirst(path.count + 2)) : nil
    }
  }
}
