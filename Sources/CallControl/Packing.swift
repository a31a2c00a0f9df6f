public import Domain

extension CallControl {
  /// Splits `extensions` into groups for `add`, each as large as `maxQueryBytes` allows, in their order.
  ///
  /// An extension that can't fit alone is a group of its own; `add` answers `.tooLong` for it and sends nothing.
  public func pack(_ extensions: [Extension]) -> [[Extension]] {
    let frame = query(for: addition(of: [])).utf8.count
    let comma = ",".percentEncoded.utf8.count
    var groups: [[Extension]] = []
    var size = 0
    for it in extensions {
      let object = WireObject(it).json.percentEncoded.utf8.count
      if let last = groups.indices.last, size + comma + object <= settings.maxQueryBytes {
        groups[last].append(it)
        size += comma + object
      } else {
        groups.append([it])
        size = frame + object
      }
    }
    return groups
  }
}
