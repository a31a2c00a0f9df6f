import Platform
import Testing

@Suite(.timeLimit(.minutes(15))) struct `A page` {
  private func lines(_ page: Page, width: Int?, hasColour: Bool = false) -> [String] {
    TextLayout(width: width, hasColour: hasColour).text(of: page).split(
      separator: "\n", omittingEmptySubsequences: false
    ).dropLast().map(String.init)
  }

  @Test func `wraps at words under a hanging indent`() {
    let page = Page("  one two three four five six seven\nshort\n")
    #expect(lines(page, width: 20) == ["  one two three four", "    five six seven", "short"])
  }

  @Test func `is one record a line on a pipe`() {
    var page = Page(String(repeating: "word ", count: 100) + "\n")
    page.add(field: "Label", "text")
    page.add(table: [["1001", "Anna Berg", "uid=anna"], ["2", "B", ""]], most: 1, all: "pbxsyncd conflicts")
    let found = lines(page, width: nil)
    #expect(found.count == 4 && found[1] == "Label: text", "\(found)")
    #expect(found[2] == "  1001  Anna Berg  uid=anna" && found[3] == "  2     B", "\(found)")
  }

  @Test(arguments: [20, 40, 80, 200]) func `never cuts a word`(width: Int) {
    let dn = "uid=a.schroder,ou=berlin,ou=people,dc=example,dc=com"
    var page = Page("the entry \(dn) has the number\n")
    page.add(table: [["extension", "1001", "Anna Schroder", "\(dn) has the number 1001 too"]])
    page.add(field: "Directory", "ldap://ldap.example.com, read by \(dn)")
    let found = lines(page, width: width)
    #expect(found.count { $0.contains(dn) } == 3, "\(found)")
    #expect(found.allSatisfy { $0.count <= max(width, dn.count + 16) }, "\(found)")
    #expect(found.allSatisfy { !$0.hasSuffix(" ") }, "\(found)")
  }

  @Test func `keeps a command on one line`() {
    let page = Page("to list all of them and their records: pbxsyncd conflicts; then fix them\n")
    let found = lines(page, width: 50)
    #expect(found == ["to list all of them and their records:", "  pbxsyncd conflicts; then fix them"], "\(found)")
  }

  @Test(arguments: [
    "pbxsyncd audit --csv FILE --accept-losses --yes", "pbxsyncd --config /etc/b.toml approve extensions-1f0c2a9b",
    "journalctl -t pbxsyncd -p err", "pbxsyncd history 3 | less",
  ])
  func `keeps the options and arguments of a command with it`(command: String) {
    let found = lines(Page("some words that come before it, and then: \(command) which goes on\n"), width: 64)
    #expect(found.contains { $0.contains(command) }, "\(found)")
  }

  @Test func `wraps a sentence about a program at any word`() {
    let found = lines(Page("the rest stays as it is, because pbxsyncd manages no object with this number\n"), width: 50)
    #expect(found[0] == "the rest stays as it is, because pbxsyncd manages", "\(found)")
  }

  @Test func `shows the first parts on a terminal, and all on a pipe`() {
    var page = Page()
    let parts = (1...5).map { Page("# part \($0)\n") }
    page.add(parts: parts, most: 2, mark: "# ", all: "pbxsyncd conflicts | less")
    #expect(lines(page, width: 80) == ["# part 1", "# part 2", "# … 3 more: pbxsyncd conflicts | less"])
    #expect(lines(page, width: nil).count == 5)
    page = Page()
    page.add(parts: parts, most: 4, all: "")
    #expect(lines(page, width: 80).count == 5, "a count in place of one part saves nothing")
  }

  @Test func `isn't padded by one long cell, also on a pipe`() {
    var page = Page()
    page.add(table: [["1", String(repeating: "x", count: 200), "a"], ["2", "Berg", "b"]])
    #expect(lines(page, width: nil)[1] == "  2  Berg  b")
  }

  @Test func `keeps a short quotation on one line`() {
    let found = lines(Page("the attribute telephoneNumber has the value \"+49 40 4283 1140\"\n"), width: 55)
    #expect(found == ["the attribute telephoneNumber has the value", "  \"+49 40 4283 1140\""], "\(found)")
  }

  @Test func `keeps a mark, and wraps behind it`() {
    var page = Page()
    page.add("one two three four", mark: "ok    ", .good)
    #expect(lines(page, width: 20) == ["ok    one two three", "      four"])
  }

  @Test func `has no column of labels on a narrow terminal`() {
    var page = Page()
    page.add(field: "Directory", "ldap://ldap.example.com, read today")
    #expect(lines(page, width: 40) == ["Directory: ldap://ldap.example.com, read", "  today"])
  }

  @Test func `wraps the last column of a table under itself`() {
    var page = Page()
    page.add(table: [["1001", "Anna", "one two three four five six seven eight"], ["2", "Bo", "short"]], indent: 2)
    #expect(
      lines(page, width: 40) == [
        "  1001  Anna  one two three four five", "              six seven eight", "  2     Bo    short",
      ])
  }

  @Test func `isn't widened by one long cell`() {
    let long = String(repeating: "x", count: 60)
    var page = Page()
    page.add(table: [[long, "a"], ["short", "b"]], indent: 0)
    #expect(lines(page, width: 80) == ["\(long)  a", "short  b"])
  }

  @Test func `ends a long list on a terminal in a count and the command that shows the rest`() {
    var page = Page()
    page.add(table: (1...30).map { ["\($0)"] }, most: 10, all: "pbxsyncd plan | less")
    #expect(lines(page, width: 80).count == 11 && lines(page, width: 80).last == "  … 20 more: pbxsyncd plan | less")
    #expect(lines(page, width: nil).count == 30)
  }

  @Test func `puts labels in one column on a terminal`() {
    var page = Page()
    page.add(field: "PBX", "https://pbx")
    page.add(field: "Directory", "ldap://ldap")
    #expect(lines(page, width: 80) == ["PBX        https://pbx", "Directory  ldap://ldap"])
  }

  @Test func `goes on in a comment as a comment, and leaves records alone`() {
    var page = Page()
    page.add("# one two three four five six")
    page.add(verbatim: "description: one two three four five six\n")
    #expect(
      lines(page, width: 20) == ["# one two three four", "# five six", "description: one two three four five six"])
  }

  @Test(arguments: [
    ("Anna", 4), ("Łęcki", 5), ("e\u{301}", 1), ("山田太郎", 8), ("Ａ", 2), ("…", 1),
  ]) func `counts cells, not characters`(text: String, cells: Int) {
    #expect(cellWidth(of: text) == cells)
  }

  @Test func `lets no text control the terminal`() {
    var page = Page("a\u{1B}[2Jb\n")
    page.add(field: "F", "a\u{202E}b\nc", .bad)
    page.add(table: [["\u{1B}]0;x\u{7}", "y\nz"]])
    page.add(verbatim: "\u{1B}c\n")
    let text = lines(page, width: 80, hasColour: false).joined()
    #expect(!text.contains("\u{1B}") && !text.contains("\u{202E}") && text.contains("\\n"), "\(text)")
    let coloured = lines(page, width: 80, hasColour: true).joined()
    #expect(coloured.contains("\u{1B}[1;31ma\\u{202E}b"), "\(coloured)")
    #expect(!coloured.contains("\u{1B}[2J") && !coloured.contains("\u{1B}]0"))
  }
}
