import Configuration
import Foundation
import Testing

@testable import Directory

/// What `--check-config` says of number rules that only libphonenumber can judge.
@Suite(.timeLimit(.minutes(15))) struct `The configuration's number rules` {
  private func findings(numbers: String, sites: String = "", template: String = "{n | extension}") throws -> [String] {
    let file = FileManager.default.temporaryDirectory.appending(path: "\(UUID()).toml")
    defer { try? FileManager.default.removeItem(at: file) }
    let text = """
      [directory]
      servers = ["ldaps://ldap.example.com"]
      [[users]]
      base = "dc=example"
      filter = "(uid=*)"
      extension.number = "\(template)"
      extension.first_name = "{f}"
      [pbx]
      url = "https://192.0.2.4/"
      security_key_file = "key"
      [numbers]
      \(numbers)
      \(sites)
      """
    try text.write(to: file, atomically: true, encoding: .utf8)
    do throws(ConfigurationError) {
      _ = try CompiledConfiguration(file: file.path())
      return []
    } catch {
      return error.description.split(separator: "\n").map { String($0.dropFirst(file.path().count + 1)) }
    }
  }

  private static let site = "[[sites]]\nname = \"a\"\nbase = \"ou=a\"\n"

  @Test(arguments: [
    ("country = \"XX\"", "", "12:12: \"XX\" is no country"),
    ("country = \"DE\"\narea = \"030\"", "", "13:9: an area code is written without what is dialled before it"),
    ("country = \"NO\"\narea = \"22\"", "", "13:9: numbers of NO have no area codes; leave 'area' out"),
    ("country = \"DE\"\nddi = [\"4999\"]", "", "13:9: \"4999\" isn't a block of numbers"),
    (
      "country = \"DE\"\nddi = [\n  \"+49 30 9018 0000-4999\",\n  \"+49 30 9018 4000-5999\"]", "",
      "15:4: \"+49 30 9018 0000-4999\" and \"+49 30 9018 4000-5999\" share numbers; let each number"
    ),
    (
      "country = \"DE\"\nddi = [\"+49 30 9018 00-99\", \"+49 30 9020 90-99\"]", "",
      "13:30: \"+49 30 9018 00-99\" and \"+49 30 9020 90-99\" share extensions; give one of them other extensions"
    ),
    ("country = \"DE\"", "", "6:21: extension.number: the extension filter needs DDI blocks"),
    ("country = \"DE\"", site + "country = \"ZZ\"", "16:12: \"ZZ\" is no country"),
    ("country = \"DE\"", site + "area = \"040\"", "16:9: an area code is written without"),
    (
      "country = \"DE\"", site + "ddi = [\"+49 40 555 099-10\"]",
      "16:9: the block \"+49 40 555 099-10\" ends before it begins"
    ),
  ])
  func `are refused at their place`(numbers: String, sites: String, finding: String) throws {
    let found = try findings(numbers: numbers, sites: sites)
    #expect(found.contains { $0.hasPrefix(finding) }, "\(found)")
  }

  @Test(arguments: [
    ("country = \"DE\"\narea = \"30\"\nddi = [\"9018 0000-4999\"]", ""),
    ("country = \"DE\"\narea = \"30\"", site + "country = \"NO\"\nddi = [\"2212 0000-4999\"]"),
    ("country = \"DE\"\nddi = [\"+49 30 9018 0000-4999\"]", site + "ddi = [\"+49 40 9018 0000-4999\"]"),
  ])
  func `are taken where they fit`(numbers: String, sites: String) throws {
    #expect(try findings(numbers: numbers, sites: sites) == [])
  }
}
