import Text

/// Text for people, as lines with their roles. `TextLayout` gives them the form for a terminal or a pipe.
///
/// No line can become two, control the terminal or change its text direction, whatever text it holds.
public struct Page: Sendable {
  /// What a terminal shows by a colour.
  public enum Tone: Hashable, Sendable { case plain, heading, good, warning, bad }

  enum Line: Sendable {
    /// Wrapped under its indent and some more, behind a mark.
    case text(mark: String, String, indent: Int, hanging: Int, Tone)
    /// Never wrapped: a line of a file that may be copied.
    case verbatim(String)
    /// A value behind its label; the labels of a page are one column on a terminal.
    case field(label: String, String, indent: Int, Tone)
    case table(Table)
    case parts(Parts)
  }

  /// Parts of the page that belong together, such as the findings of one kind.
  struct Parts: Sendable {
    let pages: [Page]
    let most: Int
    let mark: String
    let command: String
  }

  struct Table: Sendable {
    let rows: [[String]]
    let indent: Int
    /// How many rows a terminal gets, and a pipe; the others are a count.
    let most: Int
    let mostOnPipe: Int
    /// The command that shows all of them.
    let command: String
  }

  private(set) var lines: [Line] = []

  public init() {}

  /// Each line of `text` with its own indent.
  public init(_ text: String) {
    for line in text.split(separator: "\n", omittingEmptySubsequences: false).dropLast(text.hasSuffix("\n") ? 1 : 0) {
      let rest = line.drop { $0 == " " }
      add(String(rest), indent: line.count - rest.count)
    }
  }

  /// A text whose lines stay as they are.
  public init(verbatim text: String) { add(verbatim: text) }

  public var isEmpty: Bool { lines.isEmpty }

  public mutating func add(_ text: String, indent: Int = 0, _ tone: Tone = .plain) {
    lines.append(.text(mark: "", visible(text), indent: indent, hanging: 2, tone))
  }

  /// Adds a text that stands behind a mark such as "ok", which has the tone.
  public mutating func add(_ text: String, mark: String, _ tone: Tone = .plain) {
    lines.append(.text(mark: mark, visible(text), indent: 0, hanging: cellWidth(of: mark), tone))
  }

  /// Adds an empty line, unless the page is empty.
  public mutating func addGap() { if !lines.isEmpty { add("") } }

  /// Adds lines that stay as they are, such as a record of LDIF.
  public mutating func add(verbatim text: String) {
    for line in text.split(separator: "\n", omittingEmptySubsequences: false).dropLast(text.hasSuffix("\n") ? 1 : 0) {
      lines.append(.verbatim(visible(String(line))))
    }
  }

  /// Adds a value behind its label. Without a label it goes on with what is above it.
  public mutating func add(field label: String, _ text: String, indent: Int = 0, _ tone: Tone = .plain) {
    lines.append(.field(label: visible(label), visible(text), indent: indent, tone))
  }

  /// Adds a table; its last column wraps. An empty cell at a row's end is left out.
  ///
  /// - Parameters:
  ///   - most: how many rows a terminal gets.
  ///   - mostOnPipe: how many a pipe gets: all of them, unless the command is about more than them.
  ///   - command: the command that shows all of them.
  public mutating func add(
    table rows: [[String]], indent: Int = 2, most: Int = .max, mostOnPipe: Int = .max, all command: String = ""
  ) {
    if rows.isEmpty { return }
    let cells = rows.map { row in
      row.map { visible($0) }.reversed().drop(while: \.isEmpty).reversed()
    }
    lines.append(
      .table(Table(rows: cells.map(Array.init), indent: indent, most: most, mostOnPipe: mostOnPipe, command: command)))
  }

  public mutating func add(_ page: Page) { lines += page.lines }

  /// Adds pages of which a terminal gets the first ones, and a pipe all.
  ///
  /// - Parameters:
  ///   - most: how many a terminal gets; the others are a count.
  ///   - mark: what comes before the count, such as "# " between comments.
  ///   - command: the command that shows all of them.
  public mutating func add(parts pages: [Page], most: Int, mark: String = "", all command: String) {
    lines.append(.parts(Parts(pages: pages, most: most, mark: mark, command: command)))
  }

  /// As a pipe gets it: one record a line.
  public var text: String { TextLayout.pipe.text(of: self) }
}
