public import Domain

extension Configuration {
  /// The pool for entries without a number in the directory.
  public struct PoolSection: Sendable, Hashable {
    /// The write-back of an allocated number to the directory.
    public struct WriteBackSection: Sendable, Hashable {
      public var attribute: String
      /// The value, with `{number}` for the number.
      public var value: TemplateText
    }

    /// Never empty; no two have a number in common.
    public var ranges: [NumberRange]
    public var pick: NumberPool.Pick
    /// nil if nothing is written back.
    public var writeBack: WriteBackSection?
    /// The position of each of `ranges` in the file.
    let places: [FilePosition]
  }
}

extension Configuration.PoolSection {
  /// nil if the section has no pool.
  init?(_ fields: TOMLTable) {
    let ranges = fields.list("pool", readRange)
    pick = fields.choice("pick", default: .lowest)
    let attribute = fields.text("write_back", checkAttributeName)
    let value = fields.template("write_back_value")
    for key in ["pick", "write_back"] where fields.lacks("pool") && !fields.lacks(key) {
      fields.report("there is a '\(key)' without a 'pool'", "add, say: extension.pool = [\"2000-2999\"]", at: key)
    }
    if attribute == nil, !fields.lacks("write_back_value"), fields.lacks("write_back") {
      fields.report(
        "there is a 'write_back_value' without 'write_back'", "add the attribute to write", at: "write_back_value")
    }
    if let value, !value.text.contains("{number") {
      fields.report("'write_back_value' has no {number}", "write, say: +49 30 9018 {number}", at: "write_back_value")
    }
    if ranges.isEmpty { return nil }
    self.ranges = ranges.map(\.value)
    places = ranges.map(\.place)
    writeBack = attribute.map { attribute in
      WriteBackSection(
        attribute: attribute.value,
        value: value
          ?? Configuration.TemplateText(
            text: "{number}", line: attribute.place.line, column: attribute.place.column,
            key: "\(fields.path).write_back_value"))
    }
    for (index, range) in ranges.enumerated() {
      for other in ranges[..<index] where other.value.overlaps(range.value) {
        fields.document.report(
          ValueError("\(range.value) and \(other.value) of the pool overlap", "keep each number in one of them"),
          at: range.place)
      }
    }
  }
}

extension Configuration {
  /// Reports pools with numbers that can't be allocated: protected ones, those out of range, and those of another source's
  /// pool. Two sources may have exactly the same pool, because no number is allocated twice.
  static func checkPools(
    _ users: [UserSection], _ numbers: NumberPolicy, _ directory: DirectorySection, _ document: TOMLDocument
  ) {
    for (index, source) in users.enumerated() {
      guard let pool = source.pool else { continue }
      for (range, place) in zip(pool.ranges, pool.places) {
        do throws(ValueError) { try check(range, numbers) } catch { document.report(error, at: place) }
        let others = users[..<index].filter { $0.pool.map { $0.ranges != pool.ranges } ?? false }
        for other in others {
          guard let shared = other.pool?.ranges.first(where: { $0.overlaps(range) }) else { continue }
          document.report(
            ValueError(
              "\(range) overlaps \(shared), the pool of \"\(other.name)\"",
              "give the two sources separate pools, or exactly the same one"), at: place)
        }
      }
      if pool.writeBack != nil, directory.writer == nil, let place = pool.places.first {
        document.report(
          ValueError(
            "\"\(source.name)\" has write_back, but no [directory.write] bind is configured",
            "add [directory.write] with bind_dn and bind_password_file, or leave write_back out"), at: place)
      }
    }
  }

  private static func check(_ range: NumberRange, _ numbers: NumberPolicy) throws(ValueError) {
    if let protected = numbers.protected.first(where: { $0.overlaps(range) }) {
      throw ValueError(
        "\(range) of the pool overlaps \(protected), which [numbers] protects", "leave the protected numbers out")
    }
    let allowed = numbers.extensionRanges
    if !allowed.isEmpty, !allowed.contains(where: { $0.contains(range.first) && $0.contains(range.last) }) {
      throw ValueError(
        "\(range) of the pool is outside [numbers] extension_ranges",
        "write a range within one of \(allowed.map(\.description).joined(separator: ", ")), or widen them")
    }
  }
}
