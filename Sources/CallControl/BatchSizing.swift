public import Domain

extension CallControl {
  /// The number of `extensions`, from the first on, that `add` can send in one request of `maxQueryBytes`.
  ///
  /// At least one: for a single extension that is too long `add` returns `.tooLong` and sends nothing.
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
