import Testing
import Text

@Suite struct `A sentence as a clause` {
  @Test(arguments: [
    ("Correct the number in the directory.", "correct the number in the directory"),
    ("LDAP doesn't show it.", "LDAP doesn't show it"), ("wait", "wait"), ("", ""),
  ]) func `has neither a capital letter nor a full stop`(sentence: String, expected: String) {
    #expect(clause(of: sentence) == expected)
  }
}
