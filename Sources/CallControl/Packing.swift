public import Domain

extension CallControl {
  /// How many of `extensions`, from the first on, `add` can send in one request of `maxQueryBytes`.
  ///
  /// One at least: for an extension that can't fit alone `add` answers `.tooLong` and sends nothing.
  public func fitting(_ extensions: [Extension]) -> Int {
    var size = query(for: addition(of: [])).utf8.count
    let comma = ",".percentEncoded.utf8.count
    for (count, it) in extensions.enumerated() {
      size += WireObject(it).json.percentEncoded.utf8.count + (count > 0 ? comma : 0)
      if size > settings.maxQueryBytes { return max(1, count) }
    }
    return extensions.count
  }
}
