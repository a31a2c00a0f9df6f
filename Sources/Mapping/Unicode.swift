import CUnicode
import Synchronization

// ASCII is composed already. Not asking ICU spares 8 % of the mapping's instructions.

/// Text in canonical composition (NFC): equal text has equal bytes, whichever client wrote it to the directory.
func composed(_ text: String) -> String {
  let count = text.utf8.count
  if text.utf8.allSatisfy({ $0 < 0x80 }) || (unsafe cunicode_is_composed(text, count)) { return text }
  return written { result, room in unsafe cunicode_compose(text, count, false, &result, room) } ?? text
}

/// Text in compatibility composition (NFKC): a ligature is its letters, a wide letter is the letter.
func compatiblyComposed(_ text: String) -> String {
  if text.utf8.allSatisfy({ $0 < 0x80 }) { return text }
  return written { result, room in unsafe cunicode_compose(text, text.utf8.count, true, &result, room) } ?? text
}

/// A domain name in the form of DNS (UTS #46); nil if it is invalid.
func domainInASCII(_ name: String) -> String? {
  written { result, room in unsafe cunicode_domain_to_ascii(name, name.utf8.count, &result, room) }
}

/// Text in ASCII letters as far as ICU can: Russian as in passports, Greek as in Greek ones, every other script by the usual
/// transcription, and letters without diacritics.
func romanized(_ text: String) -> String { romanization.withLock { $0.apply(to: text) } }

/// Guards ICU's transform, which is opened for the first name that needs it: it takes some megabytes.
private let romanization = Mutex(
  Transform("Russian-Latin/BGN; Greek-Latin/UNGEGN; [ʹʺ] Remove; Any-Latin; Latin-ASCII"))

/// Owns one transform of ICU.
@safe
private struct Transform: ~Copyable {
  /// nil if ICU lacks the data for it.
  private let raw: OpaquePointer?

  init(_ id: String) { unsafe raw = cunicode_transform_open(id) }

  deinit { unsafe cunicode_transform_close(raw) }

  func apply(to text: String) -> String {
    guard let raw = unsafe raw else { return text }
    return written { result, room in
      unsafe cunicode_transform_apply(raw, text, text.utf8.count, &result, room)
    } ?? text
  }
}

/// The text that `write` puts into a buffer, which is enlarged to the size that it returns; nil if it fails.
private func written(_ write: (inout [CChar], Int) -> Int) -> String? {
  var result: [CChar] = []
  var needed = 256
  while needed > result.count {
    result = [CChar](repeating: 0, count: needed)
    needed = write(&result, result.count)
  }
  // A failure is the largest count in C, and negative here.
  return needed < 0 ? nil : String(validating: result.prefix(needed).map(UInt8.init(bitPattern:)), as: UTF8.self)
}
