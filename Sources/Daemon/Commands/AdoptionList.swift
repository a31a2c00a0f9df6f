import Configuration
import Domain

/// Objects of the PBX that an admin names to be taken over, checked: all of them, or what is wrong with the list.
struct AdoptionList: Sendable {
  private(set) var adoptions: [Adoption] = []
  /// One sentence for each thing that is wrong, with its place.
  private(set) var faults: [String] = []
  /// Numbers inside a range that need no adoption, or may have none.
  private(set) var passedOver = 0

  private let policy: NumberPolicy
  private let owned: Set<Key>

  /// - Parameter owned: what is ours already.
  init(_ policy: NumberPolicy, owned: Set<Key>) {
    self.policy = policy
    self.owned = owned
  }

  /// A number is adopted as an extension or as a contact, whichever the directory wants; a range names extensions.
  mutating func add(word: String) {
    guard word.contains("-") else {
      if isNumber(word) { return add(number: word) }
      return faults.append("\(word) is neither a number nor a range such as 1000-1999")
    }
    guard let range = NumberRange(word), let first = Int(range.first), let last = Int(range.last),
      last - first < 100_000
    else { return faults.append("\(word) isn't a range such as 1000-1999, or it has more than 100,000 numbers") }
    for number in first...last {
      let key = Key(.extension, range.text(number))
      if owned.contains(key) || policy.isProtected(key.number) {
        passedOver += 1
      } else {
        adoptions.append(Adoption(key))
      }
    }
  }

  private mutating func add(number: String) {
    let keys = Kind.allCases.map { Key($0, number) }.filter { !owned.contains($0) }
    guard keys.count == Kind.allCases.count else { return faults.append("\(number) is ours already") }
    if policy.isProtected(number) { return faults.append("\(number) is protected") }
    adoptions += keys.map { Adoption($0) }
  }

  /// A table whose columns have the vendor's field names. Where it has all of a kind, an object that is as the
  /// directory wants it is taken over without an update.
  mutating func add(_ table: CSV) {
    guard let head = table.rows.first else { return faults.append("the table is empty") }
    let names = head.values.map(columnName)
    let kind: Kind? =
      names.contains("extensionnumber") ? .extension : names.contains("phonenumber") ? .contact : nil
    guard let kind else {
      return faults.append(
        "line \(head.line): no column is called ExtentionNumber (or ExtensionNumber) or PhoneNumber")
    }
    if Set(names).count < names.count { return faults.append("line \(head.line): two columns have the same name") }
    var seen: [String: Int] = [:]
    for row in table.rows.dropFirst() {
      guard row.values.count == names.count else {
        faults.append("line \(row.line): it has \(row.values.count) values, and the first line has \(names.count)")
        continue
      }
      add(Dictionary(uniqueKeysWithValues: zip(names, row.values)), kind, row.line, &seen)
    }
  }

  private mutating func add(_ row: [String: String], _ kind: Kind, _ line: Int, _ seen: inout [String: Int]) {
    let number = row[kind == .extension ? "extensionnumber" : "phonenumber"] ?? ""
    let key = Key(kind, number)
    if !isNumber(number) {
      faults.append("line \(line): \"\(number.jsonEscaped)\" isn't a number")
    } else if let earlier = seen[number] {
      faults.append("line \(line): \(number) stands on line \(earlier) already")
    } else if owned.contains(key) {
      faults.append("line \(line): \(number) is ours already")
    } else if policy.isProtected(number) {
      faults.append("line \(line): \(number) is protected")
    } else {
      adoptions.append(Adoption(key, item: item(row, key)))
    }
    seen[number] = line
  }

  /// nil where a column is missing: what isn't known can't be equal to what is wanted.
  private func item(_ row: [String: String], _ key: Key) -> Item? {
    guard let first = row["firstname"], let last = row["lastname"] else { return nil }
    switch key.kind {
    case .extension:
      guard let email = row["emailaddress"], let callerID = row["outboundcallerid"] else { return nil }
      return .extension(
        Extension(number: key.number, firstName: first, lastName: last, email: email, callerID: callerID))
    case .contact:
      guard let company = row["companyname"] else { return nil }
      return .contact(Contact(number: key.number, firstName: first, lastName: last, company: company))
    }
  }

  /// `Extension Number` and the vendor's own `ExtentionNumber` are one.
  private func columnName(_ text: String) -> String {
    let name = String(text.lowercased().filter { $0.isLetter })
    return name == "extentionnumber" ? "extensionnumber" : name
  }

  private func isNumber(_ text: String) -> Bool {
    let digits = text.hasPrefix("+") ? text.dropFirst() : text[...]
    return (1...20).contains(digits.utf8.count)
      && digits.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
  }
}
