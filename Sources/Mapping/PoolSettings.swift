public import Domain
import LDAP

/// The write-back of an allocated number to the directory.
public struct WriteBackTemplate: Sendable {
  let attribute: String
  /// The value, in which `{number}` is the number.
  let value: Template

  public init(attribute: String, value: Template) {
    self.attribute = attribute
    self.value = value
  }

  /// The attributes to request: those of the value, and the one to write.
  var attributes: [String] { value.attributes.filter { $0.lowercased() != "number" } + [attribute] }

  /// The value for an entry with a number.
  func text(_ number: String, for entry: borrowing Entry, dialPlan: DialPlan) throws(FieldProblem) -> String {
    fieldText(try value.render(entry.setting("number", [AttributeValue(number)]), dialPlan: dialPlan).text)
  }
}

/// The pool for entries without a number.
public struct PoolSettings: Sendable {
  let pool: NumberPool
  let writeBack: WriteBackTemplate?

  public init(pool: NumberPool, writeBack: WriteBackTemplate? = nil) {
    self.pool = pool
    self.writeBack = writeBack
  }

  /// The mapping of an entry without a number in the directory.
  ///
  /// - Parameters:
  ///   - open: the item's open fields.
  ///   - map: the mapping of the entry after the write-back.
  func unnumbered(
    _ entry: Entry, _ item: Extension, _ open: OpenFields?, _ id: EntryID, dialPlan: DialPlan,
    map: @escaping @Sendable (Entry) -> MappingResult
  ) -> UnnumberedUser {
    let wantedObject = WantedObject(.extension(item), entry: id, dn: entry.dn, open: open)
    return UnnumberedUser(wantedObject, pool: pool) { [writeBack] number in
      var item = item
      item.number = number
      guard let writeBack else { return UnnumberedUser.NumberedUser(.extension(item), open: open) }
      func write(_ value: String, objection: String?) -> DirectoryWrite {
        DirectoryWrite(value, to: writeBack.attribute, of: entry.dn, entry: id, number: number, objection: objection)
      }
      if let value = entry.first(writeBack.attribute) {
        let shown = value.text.map(excerpt) ?? excerpt(value.bytes)
        return .init(
          .extension(item), open: open, write: write("", objection: "it has the value \"\(shown)\" already"))
      }
      do throws(FieldProblem) {
        let value = try writeBack.text(number, for: entry, dialPlan: dialPlan)
        guard case .wanted(let wanted, _) = map(entry.setting(writeBack.attribute, [AttributeValue(value)])),
          let written = wanted.first, written.item.number == number
        else {
          let objection = "the template extension.number doesn't make \(number) of \"\(excerpt(value))\""
          return .init(.extension(item), open: open, write: write(value, objection: objection))
        }
        return .init(written.item, open: written.open, write: write(value, objection: nil))
      } catch {
        return .init(.extension(item), open: open, write: write("", objection: error.reason))
      }
    }
  }
}
