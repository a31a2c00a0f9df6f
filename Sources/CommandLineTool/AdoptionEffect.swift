import Domain
import Executor
import Platform
import Sync

/// What the adoption of objects that a table shows changes on the PBX.
struct AdoptionEffect {
  /// The objects that get other values: the name of the entry's object, and what changes.
  private let overwritten: [(item: PBXObject, fields: [FieldChange])]

  /// - Parameter wanted: what the directory wants. Nothing is known of a number that several entries want.
  init(_ adoptions: [AllowedAdoption], _ wanted: [WantedObject]) {
    let wanted = Dictionary(grouping: wanted, by: \.item.key)
    overwritten = adoptions.compactMap { adoption in
      guard let shown = adoption.item, let objects = wanted[adoption.key], objects.count == 1 else { return nil }
      let item = objects[0].decided(by: []).item
      return shown.isStored(as: item) ? nil : (item, shown.changes(to: item))
    }
    .sorted { $0.item.key < $1.item.key }
  }

  /// Old and new values; empty if nothing is overwritten.
  var text: String {
    if overwritten.isEmpty { return "" }
    let mails = overwritten.count { $0.item.isMailed }
    let cost = mails == 0 ? "" : ", with \(counted(mails, "mail"))"
    return "The next run overwrites on the PBX (\(overwritten.count))\(cost):\n"
      + paragraph(ofFirst: overwritten, all: "plan | less") { item, fields in
        "  \(item.key) \(item.name): \(fields.map(\.text).joined(separator: ", "))"
      }
  }

  var json: JSON {
    .array(
      overwritten.map { item, fields in
        [
          "kind": .string(item.kind.rawValue), "number": .string(item.number), "name": .string(item.name),
          "fields": .array(fields.map(\.json)),
        ]
      })
  }
}
