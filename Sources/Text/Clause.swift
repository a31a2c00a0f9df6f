/// A sentence as a clause behind a semicolon: without its capital letter and its full stop.
public func clause(of sentence: String) -> String {
  let text = sentence.hasSuffix(".") ? sentence.dropLast() : sentence[...]
  // A second capital is of an abbreviation.
  let isAbbreviation = text.dropFirst().first?.isUppercase ?? false
  return isAbbreviation ? String(text) : text.prefix(1).lowercased() + text.dropFirst()
}
