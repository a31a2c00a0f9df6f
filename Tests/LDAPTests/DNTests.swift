import LDAP
import Testing

@Suite struct `A distinguished name` {
  @Test(arguments: [
    ("CN=a,DC=x", "cn=A, dc=X", true), ("cn=a\\2Cb,dc=x", "cn=a\\,b,dc=x", true),
    ("cn=Ż\\C3\\89,dc=x", "CN=żé,dc=x", true), ("cn=a,dc=x", "cn=a,dc=y", false), ("nonsense", "NONSENSE", true),
    ("cn=Ina Falk+sn=Holm,dc=x", "sn=holm+CN=Ina  Falk, dc=x", true), ("cn=Big  Space,dc=x", "cn=big space,dc=x", true),
    ("2.5.4.3=a,DC=x", "commonName=A,domainComponent=X", true), ("cn=a\\+b,dc=x", "cn=a\\2Bb,dc=x", true),
    ("cn=a+sn=b,dc=x", "cn=a\\+sn=b,dc=x", false), ("cn=a\u{AD}b,dc=x", "cn=ab,dc=x", true),
  ])
  func `is recognised in each of its spellings`(left: String, right: String, isSame: Bool) {
    var names = DNSet()
    names.insert(DN(left))
    #expect(names.contains(DN(right)) == isSame && names.count == 1)
    #expect((DN(left) == DN(right)) == isSame)
  }

  @Test(arguments: [
    ("uid=a,ou=People, dc=x", "ou=People, dc=x"), ("cn=a\\,b;x,dc=x", ""),
    ("cn=a\\,b , ou=c\\+d,dc=x", "ou=c\\+d,dc=x"),
    ("cn=a\\5C,dc=x", "dc=x"), ("cn=a+sn=b,dc=x", "dc=x"), ("cn=#0402,dc=x", "dc=x"), ("dc=x", ""), ("", ""),
    ("nonsense", ""), ("cn=a\\0Ab,ou=c\\0Ad", "ou=c\\0Ad"),
  ])
  func `has a parent in the same spelling`(dn: String, parent: String) { #expect(DN(dn).parent.text == parent) }

  @Test(arguments: [
    ("OU=People,dc=x", "uid=a, ou=people,DC=X", true), ("ou=people,dc=x", "ou=people,dc=x", true), ("", "dc=x", true),
    ("ou=people,dc=x", "ou=more people,dc=x", false), ("uid=a,dc=x", "dc=x", false),
    ("dc=x", "cn=a\\,dc\\=x", false),
  ])
  func `covers itself and the DNs below`(base: String, dn: String, isCovered: Bool) {
    #expect(DN(base).covers(DN(dn)) == isCovered)
  }

  @Test(arguments: [
    ("uid=1+cn=a,dc=x", "1"), ("cn=a\\0Ab,dc=x", "a\nb"), ("cn=a\\,b", "a,b"), ("nonsense", ""),
  ])
  func `is named by its first value`(dn: String, value: String) { #expect(DN(dn).namingValue == value) }
}
