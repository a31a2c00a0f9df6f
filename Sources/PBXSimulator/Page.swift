/// The page for people: one file without external resources, readable on a phone.
extension SimulatedPBX {
  var page: String {
    """
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>PBX simulator</title>
    <link rel="icon" href="data:,">
    <style>\(style)</style>
    </head>
    <body>
    <h1>PBX simulator</h1>
    <p class="counters">\(counters)</p>
    \(table("Extensions", ["Number", "First name", "Last name", "E-mail", "Caller ID"], store.extensions) {
      [$0.number, $0.firstName, $0.lastName, $0.email, $0.callerID]
    })
    \(table("Phonebook", ["Number", "First name", "Last name", "Company"], store.contacts) {
      [$0.number, $0.firstName, $0.lastName, $0.company]
    })
    \(table("Last calls", ["#", "Action", "Numbers", "Outcome"], log.suffix(50).reversed()) {
      [String($0.n), $0.action, $0.numbers, $0.outcome]
    })
    </body>
    </html>

    """
  }

  private var counters: String {
    let byAction = calls.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
    let all = ["requests \(requests)", "mails \(store.mails.count)", "backups \(store.backups.count)"] + byAction
    return all.map { "<span>\(escaped($0))</span>" }.joined(separator: " ")
  }
}

private func table<Row>(
  _ title: String, _ heads: [String], _ rows: some Collection<Row>, _ cells: (Row) -> [String]
) -> String {
  let head = heads.map { "<th scope=\"col\">\($0)</th>" }.joined()
  let body = rows.map { row in
    "<tr>" + cells(row).map { "<td>\(escaped($0))</td>" }.joined() + "</tr>"
  }
  return """
    <h2>\(title) (\(rows.count))</h2>
    <div class="wide"><table>
    <thead><tr>\(head)</tr></thead>
    <tbody>
    \(body.isEmpty ? "<tr><td colspan=\"\(heads.count)\">none</td></tr>" : body.joined(separator: "\n"))
    </tbody>
    </table></div>
    """
}

/// Text that is safe between tags and in a quoted attribute.
private func escaped(_ text: String) -> String {
  var result = ""
  for character in text.unicodeScalars {
    switch character {
    case "&": result += "&amp;"
    case "<": result += "&lt;"
    case ">": result += "&gt;"
    case "\"": result += "&quot;"
    case "'": result += "&#39;"
    default: result.unicodeScalars.append(character)
    }
  }
  return result
}

private let style = """
  :root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
  body { max-width: 60rem; margin: 0 auto; padding: 1rem; }
  h1 { font-size: 1.4rem; margin: 0; }
  h2 { font-size: 1.1rem; margin: 1.5rem 0 .5rem; }
  .counters span { display: inline-block; margin: 0 .5rem .25rem 0; }
  .wide { overflow-x: auto; }
  table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
  th, td { text-align: left; padding: .3rem .6rem .3rem 0; border-bottom: 1px solid #8885; }
  """
