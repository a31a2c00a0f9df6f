/// A table whose cells are stacked on narrow screens, each with its column's name, or the first two as a heading.
struct HTMLTable {
  let columns: [HTML]
  let rows: [[HTML]]
  /// Whether each row begins with a number and a name as its heading.
  var hasHeadings = false

  /// - Parameter count: the number of visible rows; the others are folded.
  func html(unfolding count: Int = .max) -> HTML {
    if rows.count <= count { return html(rows[...]) }
    let rest = rows.count - count
    return "\(html(rows.prefix(count)))<details><summary>\(rest) more</summary>\(html(rows.dropFirst(count)))</details>"
  }

  private func html(_ rows: ArraySlice<[HTML]>) -> HTML {
    let heads = columns.map { "<th>\($0)</th>" as HTML }
    let lines = rows.map { row -> HTML in
      if hasHeadings { return "<tr><th>\(row[0])</th>\(row.dropFirst().map { "<td>\($0)</td>" as HTML })</tr>\n" }
      let cells = zip(columns, row).map { name, text -> HTML in #"<td data-name="\#(name)">\#(text)</td>"# }
      return "<tr>\(cells)</tr>\n"
    }
    let type: HTML = hasHeadings ? #" class="people""# : ""
    return "<table\(type)><thead><tr>\(heads)</tr></thead><tbody>\n\(lines)</tbody></table>"
  }
}
