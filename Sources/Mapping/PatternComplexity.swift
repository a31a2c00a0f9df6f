/// How large glibc's compiled form of a regular expression becomes, in atoms: a `+` copies what it repeats, `{n,m}` does
/// so `m` times, and they multiply where they are nested, so that thirty characters can ask for gigabytes.
///
/// An estimate, at most `limit` + 1; what it can't read counts as text, and regcomp(3) says what is wrong with it.
func patternWeight(_ pattern: String, limit: Int) -> Int {
  /// An alternative or group that is being read: all of it, and its last atom, which a quantifier repeats.
  struct PatternGroup {
    var sum = 0
    var last = 0
  }
  var groups = [PatternGroup()]
  func clamped(_ weight: Int) -> Int { min(weight, limit + 1) }
  func add(_ weight: Int) {
    groups[groups.count - 1].last = weight
    groups[groups.count - 1].sum = clamped(groups[groups.count - 1].sum + weight)
  }
  func multiply(by factor: Int) {
    let last = groups[groups.count - 1].last
    groups[groups.count - 1].sum = clamped(groups[groups.count - 1].sum + last * (factor - 1))
    groups[groups.count - 1].last = clamped(last * factor)
  }

  var rest = Array(pattern.unicodeScalars)[...]
  while let scalar = rest.popFirst() {
    switch scalar {
    case "\\":
      _ = rest.popFirst()
      add(1)
    case "[":
      // A bracket that comes first, after ^ too, is one of the characters.
      rest = rest.drop(while: { $0 == "^" })
      if rest.first == "]" { _ = rest.popFirst() }
      rest = rest.drop(while: { $0 != "]" }).dropFirst()
      add(1)
    case "(": groups.append(PatternGroup())
    case ")" where groups.count > 1: add(groups.removeLast().sum)
    case "*", "?": multiply(by: 1)
    case "+": multiply(by: 2)
    case "{":
      let counts = rest.prefix { $0 != "}" }.split(separator: ",").map {
        Int(String(String.UnicodeScalarView($0))) ?? 1
      }
      rest = rest.drop(while: { $0 != "}" }).dropFirst()
      multiply(by: max(1, min(counts.max() ?? 1, limit) + 1))
    default: add(1)
    }
  }
  return clamped(groups.reduce(0) { $0 + $1.sum })
}
