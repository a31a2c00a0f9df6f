import Domain

/// A number plan as squares of ten by ten cells: a hundred numbers each, or more in a large range.
struct NumberGrid {
  let plan: NumberPlan

  var html: HTML {
    if plan.sections.isEmpty {
      return "<p>No extension is known yet, and [numbers] extension_ranges names no range.</p>"
    }
    let legend = NumberPlan.Use.allCases.map { use -> HTML in
      #"<span><i class="\#(use.word)"></i>\#(use.word)</span>"#
    }
    let outside = plan.outside.map { "\($0.key.number) \($0.item.name)" }.joined(separator: ", ")
    let stray: HTML =
      plan.outside.isEmpty ? "" : "<p>\(plan.outside.count) of ours lie outside these ranges: \(outside)</p>"
    return #"<div class="legend">\#(legend)</div>\#(plan.sections.map(html))\#(stray)"#
  }

  private func html(_ section: NumberPlan.Section) -> HTML {
    let counts = NumberPlan.Use.allCases.map { "\(section.count($0)) \($0.word)" }.joined(separator: ", ")
    let scale: HTML = section.step == 1 ? "" : "; each cell stands for \(counted(section.step, "number"))"
    return """
      <h3>\(section.range.description)</h3><p>\(counts)\(scale)</p>
      <div class="grid">\(blocks(of: section).map { html($0, of: section) })</div>
      """
  }

  /// The cells by hundreds of cells; hundreds in which all is free, in one piece.
  private func blocks(of section: NumberPlan.Section) -> [ArraySlice<NumberPlan.Cell>] {
    var blocks: [ArraySlice<NumberPlan.Cell>] = []
    let offset = Self.place(of: section.cells[0], section.step)
    var start = 0
    while start < section.cells.count {
      let end = min(section.cells.count, (start + offset) / 100 * 100 + 100 - offset)
      let block = section.cells[start..<end]
      if let last = blocks.last, Self.isFree(last), Self.isFree(block) {
        blocks[blocks.count - 1] = section.cells[last.startIndex..<end]
      } else {
        blocks.append(block)
      }
      start = end
    }
    return blocks
  }

  private static func isFree(_ cells: ArraySlice<NumberPlan.Cell>) -> Bool { cells.allSatisfy { $0.use == .free } }

  /// Where a cell stands in its hundred: 1005 is the sixth.
  private static func place(of cell: NumberPlan.Cell, _ step: Int) -> Int { (Int(cell.first) ?? 0) / step % 100 }

  private func html(_ cells: ArraySlice<NumberPlan.Cell>, of section: NumberPlan.Section) -> HTML {
    let caption: HTML = "\(cells.first?.first ?? "")–\(cells.last?.last ?? "")"
    if Self.isFree(cells) && cells.count > 100 {
      return #"<figure class="row"><figcaption>\#(caption): all free</figcaption></figure>"#
    }
    let squares = cells.map { cell -> HTML in
      let place = Self.place(of: cell, section.step)
      let share = section.step == 1 ? 100 : max(25, 100 * cell[cell.use] / section.step)
      return """
        <rect class="\(cell.use.word)" x="\(place % 10 * 12)" y="\(place / 10 * 12)" width="11" height="11" \
        opacity="\(share)%"><title>\(Self.title(cell))</title></rect>
        """
    }
    return """
      <figure><figcaption>\(caption)</figcaption><svg viewBox="0 0 119 119" role="img" \
      aria-label="\(Self.summary(of: cells))">\(squares)</svg></figure>
      """
  }

  private static func title(_ cell: NumberPlan.Cell) -> String {
    if cell.first == cell.last {
      return "\(cell.first): \(cell.use.word)\(cell.note.isEmpty ? "" : ", \(cell.note)")"
    }
    return "\(cell.first)–\(cell.last): \(summary(of: [cell]))"
  }

  private static func summary(of cells: ArraySlice<NumberPlan.Cell>) -> String {
    NumberPlan.Use.allCases.map { use in (use, cells.reduce(0) { $0 + $1[use] }) }.filter { $0.1 > 0 }
      .map { "\($0.1) \($0.0.word)" }.joined(separator: ", ")
  }
}

extension NumberPlan.Use {
  /// What it is called on the page, and its class there.
  fileprivate var word: String { "\(self)" }
}
