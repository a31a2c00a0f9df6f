/// The transliteration of names to ASCII, by a country's conventions.
public enum Transliteration: String, CaseIterable, Sendable {
  /// German and Nordic letters become two; others lose their diacritics. A letter without a Latin base is removed.
  case ascii
  /// ä is ae, ö oe, ü ue, ß ss. Here and below, other letters are handled by Unicode's transliteration to Latin.
  case german
  /// å is aa, ä and æ ae, ö and ø oe, þ th, ð d.
  case nordic
  /// Letters lose their diacritics: ł is l, ó o, ż z.
  case polish
  /// The same: ı is i, ö o, ü u, ş s.
  case turkish
  /// Russian as in passports: ж is zh, щ shch, я ya; the letters of its neighbours too.
  case cyrillic
  /// As in Greek passports: ου is ou, μπ b, χ ch.
  case greek
}
