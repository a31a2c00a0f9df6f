import Foundation
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(15))) struct `The report page` {
  /// A directory with everything that the page reports.
  private func troubled() async throws -> Installation {
    let people = (1001...1040).map { person("p\($0)", String($0)) }.joined()
    let it = try await Installation(people + partner("Bauer", "+49 30 901820"))
    try it.configure(
      numbers: """
        extension_ranges = ["1000-1299", "20000-59999"]
        protected = ["1100-1109"]
        rest = "30d"
        """,
      removal: "complete_reads = 1\nafter = \"0s\"\nmax_percent = 10\nmax_count = 5")
    try await it.pbx.add([Simulator.Extension("1200", "Foreign")])
    try await it.sync()
    try await it.remove("p1002")
    try await it.sync()
    for number in 1003...1010 { try await it.remove("p\(number)") }
    try await it.slapd.modify(
      person("twin", "1001").ldapAdd + person("stranger", "1200").ldapAdd
        + person("hostile", "1201", first: "<script>alert(1)</script>", extra: "description: &amp;").ldapAdd)
    try await it.sync(expecting: 4)
    return it
  }

  @Test func `shows runs, held removals, conflicts and the number plan in a browser of phone width`() async throws {
    let it = try await troubled()
    let file = it.folder.path + "/report.html"
    try await it.command("report", "--html", file, saying: "Report written to \(file).")
    let browser = try await Browser(width: 360)
    try await browser.open("file://" + file)

    let text: String = try await browser.evaluate("return document.body.textContent")
    for part in [
      "Held (8)", " approve extensions-", "p1003 Muster", "Conflicts and invalid data (2)", "has the number 1001",
      "telephoneNumber: +49 30 9018 1000", " adopt 1200",
      "1002: in quarantine, was uid=p1002", "1200: foreign", "10 protected", "20000–59999: all free",
    ] {
      #expect(text.contains(part), "\(part) in \(text)")
    }
    let headings: [String] = try await browser.evaluate("return [...document.querySelectorAll('h2')].map(it => it.id)")
    #expect(headings == ["held", "leaving", "plan", "people", "conflicts", "runs"])
    let bars: Int = try await browser.evaluate("return document.querySelectorAll('svg.chart g').length")
    #expect(bars == 3, "one for each run")
    let used: [String] = try await browser.evaluate(
      "return [...document.querySelectorAll('.cells .managed')].filter(it => it.offsetWidth).map(it => it.textContent)")
    #expect(used == ["01"] + (3...40).map { $0 < 10 ? "0\($0)" : String($0) } + ["01"], "each with its digits")

    func find(_ words: String) async throws -> [String] {
      try await browser.evaluate(
        """
        const field = document.getElementById("find");
        field.value = "\(words)";
        field.dispatchEvent(new Event("input"));
        return [...document.querySelectorAll("#everyone tbody tr")].filter(it => it.offsetHeight).map(it => it.cells[0].textContent);
        """)
    }
    #expect(try await find("P1040 must") == ["1040"])
    #expect(try await find("49 30 90-18 20") == ["4930901820"])
    #expect(try await find("<script>") == ["1201"])
    #expect(try await find("nobody") == [])
    #expect(try await find("").count == 41)

    let outside = try await browser.requests().filter { $0 != "file://" + file }
    #expect(outside == [])
    let console = try await browser.console()
    #expect(console == [])
    let scripts: Int = try await browser.evaluate("return document.scripts.length")
    #expect(scripts == 1, "a name is text")
    try await browser.stop()
  }

  @Test(arguments: [320, 360, 1280]) func `is readable, and needs no scrolling sideways`(width: Int) async throws {
    let it = try await troubled()
    let file = it.folder.path + "/report.html"
    try await it.command("report", "--html", file)
    let browser = try await Browser(width: width)
    try await browser.open("file://" + file)
    let wide: Int = try await browser.evaluate("return document.documentElement.scrollWidth")
    #expect(wide <= width)
    let smallest: Double = try await browser.evaluate(
      """
      document.querySelectorAll('details').forEach(it => it.open = true);
      const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
      let least = 100;
      while (texts.nextNode()) {
        const it = texts.currentNode;
        if (it.data.trim() && !it.parentElement.closest('svg'))
          least = Math.min(least, parseFloat(getComputedStyle(it.parentElement).fontSize));
      }
      return least;
      """)
    #expect(smallest >= 14)
    try await browser.stop()
  }

  @Test func `holds what the ledger knows when the directory is away`() async throws {
    let it = try await Installation(person("ann", "1001"))
    try await it.sync()
    try await it.slapd.stop()
    let file = it.folder.path + "/report.html"
    try await it.command("report", "--html", file)
    let page = try String(contentsOfFile: file, encoding: .utf8)
    #expect(page.contains("The directory can&#39;t be read now") && page.contains("1001: managed, ann Muster"))
    #expect(page.contains("conflicts</a>") && page.contains("<b>unknown</b>"))
  }

  @Test func `can be made before the first run`() async throws {
    let it = try await Installation(person("ann", "1001"))
    let file = it.folder.path + "/report.html"
    try await it.command("report", "--html", file)
    #expect(try String(contentsOfFile: file, encoding: .utf8).contains("No run yet."))
  }

  @Test func `is for its owner alone, for it names people`() async throws {
    let it = try await Installation()
    let file = it.folder.path + "/report.html"
    try await it.command("report", "--html", file)
    let mode = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int
    #expect(mode == 0o600)
  }

  @Test func `that can't be written is refused with a remedy`() async throws {
    let it = try await Installation()
    try await it.command(
      "report", "--html", "/nowhere/report.html", expecting: 73,
      saying: "the report can't be written to /nowhere/report.html: No such file or directory: choose an existing")
    try await it.command("report", expecting: 64, saying: "report needs --html FILE")
  }
}
