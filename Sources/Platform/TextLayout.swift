/// The form of a page: lines that fit a terminal, or one record a line on a pipe.
public struct TextLayout: Hashable, Sendable {
  /// The terminal's width in cells; nil for a pipe.
  let width: Int?
  let hasColour: Bool

  /// Below this a table's last column gets lines of its own.
  private static let narrowest = 24
  /// A cell that is wider doesn't widen its column.
  private static let widestCell = 28
  private static let widestLabel = 16
  private static let narrowestWithColumn = 60
  /// A longer text in quotation marks may be wrapped.
  private static let widestQuotation = 40

  public static let pipe = TextLayout(width: nil)

  /// For this descriptor: its terminal, if it is one.
  ///
  /// Colour is off if `NO_COLOR` (https://no-color.org) isn't empty or `TERM` is "dumb".
  init(of descriptor: Int32) {
    width = Terminal.width(of: descriptor)
    hasColour = width != nil && (environment("NO_COLOR") ?? "").isEmpty && Terminal.hasSequences
  }

  /// - Parameter width: nil for a pipe.
  public init(width: Int?, hasColour: Bool = false) {
    // A terminal that is narrower wraps by itself.
    self.width = width.map { max($0, 20) }
    self.hasColour = hasColour
  }

  public func text(of page: Page) -> String {
    var text = ""
    write(page) { text += $0 }
    return text
  }

  /// Makes the text piece by piece: all of a long list takes more memory than the run.
  func write(_ page: Page, to output: (String) -> Void) {
    let labels = page.lines.compactMap { line in
      if case .field(let label, _, _, _) = line { cellWidth(of: label) } else { nil as Int? }
    }
    let column = min(labels.max() ?? 0, Self.widestLabel) + 2
    func write(_ lines: [String]) { for line in lines { output(line + "\n") } }
    for line in page.lines {
      switch line {
      case .verbatim(let text): output(text + "\n")
      case .text("", let text, let indent, let hanging, let tone):
        write(wrapped(text, first: blanks(indent), next: comment(text) ?? blanks(indent + hanging), tone))
      case .text(let mark, let text, let indent, let hanging, let tone):
        let first = blanks(indent) + coloured(mark, tone)
        write(wrapped(text, first: first, taking: indent + cellWidth(of: mark), next: blanks(indent + hanging)))
      case .field(let label, let text, let indent, let tone): write(field(label, text, tone, column, indent))
      case .table(let table): self.write(table, to: write)
      case .parts(let parts):
        let shown = shown(parts.pages, most: width == nil ? .max : parts.most)
        for page in shown { self.write(page, to: output) }
        write(remainder(parts.pages.count - shown.count, parts.command, first: parts.mark, next: parts.mark))
      }
    }
  }

  /// A comment goes on as a comment.
  private func comment(_ text: String) -> String? { text.hasPrefix("# ") ? "# " : nil }

  private func blanks(_ count: Int) -> String { String(repeating: " ", count: max(count, 0)) }

  private func padded(_ text: String, to column: Int) -> String { text + blanks(column - cellWidth(of: text)) }

  private func field(_ label: String, _ text: String, _ tone: Page.Tone, _ column: Int, _ indent: Int) -> [String] {
    if width == nil { return ["\(blanks(indent))\(label.isEmpty ? "" : "\(label): ")\(text)"] }
    // A long label, or a narrow terminal, leaves no column.
    if cellWidth(of: label) > column - 2 || (width ?? 0) < Self.narrowestWithColumn {
      let head = label.isEmpty ? "" : "\(label): "
      return wrapped(
        text, first: blanks(indent) + coloured(head, .heading), taking: indent + cellWidth(of: head),
        next: blanks(indent + 2), tone)
    }
    let head = padded(label, to: column)
    return wrapped(
      text, first: blanks(indent) + coloured(head, .heading), taking: indent + cellWidth(of: head),
      next: blanks(indent + column), tone)
  }

  // MARK: - Tables

  private func write(_ table: Page.Table, to output: ([String]) -> Void) {
    let shown = shown(table.rows, most: width == nil ? table.mostOnPipe : table.most)
    let columns = columns(of: shown)
    for row in shown { output(line(of: row, columns, indent: table.indent)) }
    output(
      remainder(
        table.rows.count - shown.count, table.command, first: blanks(table.indent), next: blanks(table.indent + 2)))
  }

  /// The first elements of a list. A count in place of one saves nothing.
  private func shown<Element>(_ list: [Element], most: Int) -> ArraySlice<Element> {
    list.count - 1 <= most ? list[...] : list.prefix(most)
  }

  /// The count of what isn't shown; nothing for none.
  private func remainder(_ count: Int, _ command: String, first: String, next: String) -> [String] {
    count == 0 ? [] : wrapped("… \(count) more\(command.isEmpty ? "" : ": \(command)")", first: first, next: next)
  }

  /// The widths of all columns but the last.
  private func columns(of rows: ArraySlice<[String]>) -> [Int] {
    var widths: [Int] = []
    for row in rows {
      for (column, cell) in row.dropLast().enumerated() {
        if widths.count == column { widths.append(0) }
        let wide = cellWidth(of: cell)
        if wide <= Self.widestCell { widths[column] = max(widths[column], wide) }
      }
    }
    return widths
  }

  /// A row on one line if it fits. Otherwise its last cell wraps under itself, or on lines of its own where there is no room.
  private func line(of row: [String], _ columns: [Int], indent: Int) -> [String] {
    guard let last = row.last else { return [""] }
    if row.count == 1 { return wrapped(last, first: blanks(indent), next: blanks(indent + 2)) }
    var head = blanks(indent)
    for (cell, column) in zip(row.dropLast(), columns) { head += padded(cell, to: column) + "  " }
    guard let width else { return [head + last] }
    let start = cellWidth(of: head)
    if start + cellWidth(of: last) <= width { return [head + last] }
    let longest = last.split(separator: " ").map { cellWidth(of: String($0)) }.max() ?? 0
    if width - start >= min(max(longest, Self.narrowest), width / 2), longest <= width - start {
      return wrapped(last, first: head, taking: start, next: blanks(start))
    }
    // Cells that don't fit beside each other are below each other.
    let cells = row.dropLast().filter { !$0.isEmpty }.joined(separator: "  ")
    return (cells.isEmpty ? [] : wrapped(cells, first: blanks(indent), next: blanks(indent + 4)))
      + wrapped(last, first: blanks(indent + 2), next: blanks(indent + 4))
  }

  // MARK: - Lines

  /// The text at its words on lines that fit. A word is never cut, and a command stays on one line if it fits there.
  ///
  /// - Parameter taken: how many cells `first` takes; nil if it has no colour.
  private func wrapped(
    _ text: String, first: String, taking taken: Int? = nil, next: String, _ tone: Page.Tone = .plain
  ) -> [String] {
    let start = taken ?? cellWidth(of: first)
    guard let width, start + cellWidth(of: text) > width else { return [first + coloured(text, tone)] }
    var lines: [String] = []
    var line = ""
    var room = width - start
    func end() {
      lines.append((lines.isEmpty ? first : next) + coloured(line, tone))
      line = ""
      room = width - cellWidth(of: next)
    }
    for unit in units(of: text, within: width - cellWidth(of: next)) {
      let wide = cellWidth(of: unit)
      if line.isEmpty {
        if lines.isEmpty, wide > room, wide <= width - cellWidth(of: next), !first.allSatisfy({ $0 == " " }) { end() }
        line = unit
      } else if wide + 1 > room {
        end()
        line = unit
      } else {
        line += " " + unit
        room -= 1
      }
      room -= wide
    }
    if !line.isEmpty || lines.isEmpty { end() }
    return lines
  }

  /// The words of a text. Those of a command, and of a short text in quotation marks, are one unit if it fits on a line.
  private func units(of text: String, within width: Int) -> [String] {
    let words = text.split(separator: " ", omittingEmptySubsequences: true).map(String.init)
    var units: [String] = []
    var index = 0
    while index < words.count {
      let count = max(lengthOfCommand(words[index...]), lengthOfQuotation(words[index...]))
      let unit = words[index..<index + count].joined(separator: " ")
      let fits = cellWidth(of: unit) <= width
      units += fits ? [unit] : Array(words[index..<index + count])
      index += count
    }
    return units
  }

  /// How many words a command at the start has: its options, its arguments as far as they look like some, and what it is piped to. It
  /// ends at the latest with its clause. 1 without one.
  private func lengthOfCommand(_ words: ArraySlice<String>) -> Int {
    guard let first = words.first, Self.programs.contains(first.hasPrefix("(") ? String(first.dropFirst()) : first)
    else { return 1 }
    var hasVerb = false
    var previous = ""
    for (count, word) in words.enumerated() where count > 0 {
      let isArgument =
        word.hasPrefix("-") || Self.looksLikeArgument(word) || previous == "|" || previous.hasPrefix("--")
      if !isArgument {
        if hasVerb { return count }
        hasVerb = true
      }
      if let end = word.last, ",;:).".contains(end) { return count + 1 }
      previous = word
    }
    return words.count
  }

  private static let programs: Set = ["pbxsyncd", "journalctl", "systemctl", "chmod", "chown", "ldapmodify", "openssl"]

  /// A placeholder, a number, a path, a name with signs, or a pipe: no word of a sentence.
  private static func looksLikeArgument(_ word: String) -> Bool {
    let text = word.trimmingSuffix { ",;:).".contains($0) }
    return !text.isEmpty
      && (text == "|" || text.allSatisfy { !$0.isLowercase } || text.contains { "/@=_-".contains($0) })
  }

  /// How many words a short text in quotation marks at the start has; 1 without one.
  private func lengthOfQuotation(_ words: ArraySlice<String>) -> Int {
    guard let first = words.first, first.hasPrefix("\"") || first.hasPrefix("(\"") else { return 1 }
    var quotes = 0
    var cells = -1
    for (count, word) in words.enumerated() {
      quotes += word.count { $0 == "\"" }
      cells += 1 + cellWidth(of: word)
      if cells > Self.widestQuotation { return 1 }
      if quotes.isMultiple(of: 2) { return count + 1 }
    }
    return 1
  }

  private func coloured(_ text: String, _ tone: Page.Tone) -> String {
    guard hasColour, !text.isEmpty else { return text }
    // ECMA-48, "select graphic rendition".
    let code =
      switch tone {
      case .plain: ""
      case .heading: "1"
      case .good: "32"
      case .warning: "33"
      case .bad: "1;31"
      }
    return code.isEmpty ? text : "\u{1B}[\(code)m\(text)\u{1B}[0m"
  }
}

extension String {
  fileprivate func trimmingSuffix(while isLeftOut: (Character) -> Bool) -> Substring {
    var text = self[...]
    while let last = text.last, isLeftOut(last) { text.removeLast() }
    return text
  }
}
