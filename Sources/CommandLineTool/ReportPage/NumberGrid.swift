import Domain

/// A number plan by hundreds of cells, each with its digits: a cell is one number, or more in a large range.
struct NumberGrid {
  let plan: NumberPlan

  /// With more hundreds than this each is folded to its line.
  private static let mostUnfolded = 12
  private static let mostStrays = 50

  var html: HTML {
    if plan.sections.isEmpty {
      return "<p>No extension is known yet, and [numbers] extension_ranges has no range.</p>"
    }
    let legend = NumberPlan.CellState.allCases.map { use -> HTML in
      #"<span><i class="\#(use.word)"></i>\#(use.text)</span>"#
    }
    let outside = plan.outside.map { "\($0.key.number) \($0.item.name)" }.listed(to: Self.mostStrays)
    let stray: HTML =
      plan.outside.isEmpty ? "" : "<p>\(plan.outside.count) managed outside these ranges: \(outside)</p>"
    return #"<div class="legend">\#(legend)</div>\#(plan.sections.map(html))\#(stray)"#
  }

  private func html(_ section: NumberPlan.Span) -> HTML {
    let blocks = blocks(of: section)
    let isOpen = blocks.count <= Self.mostUnfolded
    return """
      <h3>\(section.range.description)</h3><p>\(Self.summary(of: section.cells[...]))</p>
      <div class="plan">\(blocks.map { html($0, of: section, isOpen: isOpen) })</div>
      """
  }

  /// The cells by hundreds; consecutive hundreds that are all free, or all protected, are combined.
  private func blocks(of section: NumberPlan.Span) -> [ArraySlice<NumberPlan.Cell>] {
    var blocks: [ArraySlice<NumberPlan.Cell>] = []
    let offset = Self.place(of: section.cells[0], section.step)
    var start = 0
    while start < section.cells.count {
      let end = min(section.cells.count, (start + offset) / 100 * 100 + 100 - offset)
      let block = section.cells[start..<end]
      if let last = blocks.last, let use = Self.onlyUse(of: last), use == Self.onlyUse(of: block) {
        blocks[blocks.count - 1] = section.cells[last.startIndex..<end]
      } else {
        blocks.append(block)
      }
      start = end
    }
    return blocks
  }

  /// The common state of all these numbers, if they have one and none has a note.
  private static func onlyUse(of cells: ArraySlice<NumberPlan.Cell>) -> NumberPlan.CellState? {
    for use in [NumberPlan.CellState.free, .protected] where cells.allSatisfy({ $0.uses == [use] }) { return use }
    return nil
  }

  /// A cell's position in its hundred: 1005 is the sixth.
  private static func place(of cell: NumberPlan.Cell, _ step: Int) -> Int { (Int(cell.first) ?? 0) / step % 100 }

  private func html(_ cells: ArraySlice<NumberPlan.Cell>, of section: NumberPlan.Span, isOpen: Bool) -> HTML {
    let caption = Self.span(cells)
    if let use = Self.onlyUse(of: cells) { return #"<p class="row">\#(caption): all \#(use.text)</p>"# }
    let ends = (first: cells.first?.first ?? "", last: cells.last?.last ?? "")
    let notable = section.notable.filter { ends.first <= $0.number && $0.number <= ends.last }
      .map { "<li>\($0.number): \($0.use.text), \(HTML.dn($0.note))</li>" as HTML }
    let notes: HTML = notable.isEmpty ? "" : "<ul>\(notable)</ul>"
    let content = section.step == 1 ? Self.squares(cells) : Self.spans(cells)
    return """
      <details\(isOpen ? " open" : "" as HTML)><summary>\(caption): \(Self.summary(of: cells))</summary>\(content)\(notes)</details>

      """
  }

  /// Ten numbers a row behind the row's first number, each by its last two digits. A used one links to its line.
  private static func squares(_ cells: ArraySlice<NumberPlan.Cell>) -> HTML {
    var parts: [HTML] = []
    for (index, cell) in zip(cells.indices, cells) {
      let place = place(of: cell, 1) % 10
      if place == 0 || index == cells.startIndex {
        let start = cell.first.dropLast() + "0"
        parts.append("<b>\(start.count > 6 ? "…\(start.suffix(4))" : String(start))</b>")
        parts += Array(repeating: "<b></b>", count: place)
      }
      parts.append(square(cell))
    }
    return #"<div class="cells">\#(parts)</div>"#
  }

  private static func square(_ cell: NumberPlan.Cell) -> HTML {
    let digits = String(cell.first.suffix(2))
    let title = "\(cell.first): \(cell.use.text)\(cell.note.isEmpty ? "" : ", \(cell.note)")"
    switch cell.use {
    case .free: return #"<i class="free">\#(digits)</i>"#
    case .managed, .unproven:
      return ##"<a class="\##(cell.use.word)" href="#n\##(cell.first)" title="\##(title)">\##(digits)</a>"##
    case .foreign, .quarantined, .protected, .emergency, .claimed:
      return #"<i class="\#(cell.use.word)" title="\#(title)">\#(digits)</i>"#
    }
  }

  /// Consecutive cells with the same use, with their counts.
  private static func spans(_ cells: ArraySlice<NumberPlan.Cell>) -> HTML {
    var spans: [ArraySlice<NumberPlan.Cell>] = []
    for index in cells.indices {
      if let last = spans.last, let cell = last.last, cell.uses == cells[index].uses {
        spans[spans.count - 1] = cells[last.startIndex...index]
      } else {
        spans.append(cells[index...index])
      }
    }
    let lines = spans.map { span -> HTML in
      #"<li><i class="\#(span.first?.use.word ?? "")"></i>\#(Self.span(span)): \#(summary(of: span))</li>"#
    }
    return #"<ul class="spans">\#(lines)</ul>"#
  }

  private static func span(_ cells: ArraySlice<NumberPlan.Cell>) -> String {
    "\(cells.first?.first ?? "")–\(cells.last?.last ?? "")"
  }

  private static func summary(of cells: ArraySlice<NumberPlan.Cell>) -> String {
    NumberPlan.CellState.allCases.map { use in (use, cells.reduce(0) { $0 + $1[use] }) }.filter { $0.1 > 0 }
      .map { "\($0.1) \($0.0.text)" }.joined(separator: ", ")
  }
}

extension NumberPlan.Cell {
  /// The states of its numbers, each once.
  fileprivate var uses: [NumberPlan.CellState] { NumberPlan.CellState.allCases.filter { self[$0] > 0 } }
}

extension NumberPlan.CellState {
  /// Its CSS class.
  fileprivate var word: String { "\(self)" }
}
