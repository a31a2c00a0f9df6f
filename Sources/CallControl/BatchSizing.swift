public import Domain

extension CallControl {
  /// How many of `extensions`, from the first on, `add` can send in one request of `maxQueryBytes`.
  ///
  /// One at least: for an extension that can't fit alone `add` answers `.tooLong` and sends nothing.
  public func fitting(_ extensions: [Extension]) -> Int {
    var query = text(of: addition(of: []))
    for (count, it) in extensions.enumerated() {
      if count > 0 { query.append(",") }
      query.append(it)
      if queryLength(of: query) > settings.maxQueryBytes { return max(1, count) }
    }
    return extensions.count
  }
}
