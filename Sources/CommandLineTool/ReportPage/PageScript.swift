extension HTML {
  /// The page's policy: run only this script, and load nothing (https://www.w3.org/TR/CSP3/). The script is identified by its
  /// SHA-256, so that no other one runs, whatever a name in the directory contains.
  static let policy: HTML = """
    default-src 'none'; style-src 'nonce-page'; script-src 'sha256-idYTm8qspQTaXBfgipwE6z68QBriJKr+5mc6KwZi7X4='; base-uri 'none'; form-action 'none'
    """

  /// Shows the lines of the table of people that match the search: a name with or without accents, a number in any format.
  static let script: HTML = """

    (() => {
      const plain = text => text.toLowerCase().normalize("NFD").replace(/\\p{M}/gu, "");
      const digits = text => text.replace(/\\D/g, "");
      const field = document.getElementById("find");
      if (!field) return;
      const everyone = document.getElementById("everyone");
      const found = document.getElementById("found");
      const rows = [...everyone.querySelectorAll("tbody tr")].map(row =>
        ({ row, text: plain(row.textContent), number: digits(row.cells[0].textContent) }));
      const show = () => {
        const words = plain(field.value).split(/\\s+/).filter(word => word);
        const number = /^[\\d\\s()+/.-]+$/.test(field.value) ? digits(field.value) : "";
        let count = 0;
        for (const it of rows) {
          it.row.hidden = !(words.every(word => it.text.includes(word)) || number && it.number.includes(number));
          if (!it.row.hidden) count += 1;
        }
        found.textContent = words.length ? count + " of " + rows.length : "";
        if (words.length) everyone.open = true;
      };
      field.addEventListener("input", show);
      // A number of the plan links to a line that a search may have hidden.
      addEventListener("hashchange", () => { field.value = ""; show(); });
      document.getElementById("finder").hidden = false;
    })();

    """
}
