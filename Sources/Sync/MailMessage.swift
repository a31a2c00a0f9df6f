package import Domain
import Platform
import Text

/// A mail of plain text (RFC 5322, RFC 2045), in ASCII whatever its text has.
package struct MailMessage: Hashable, Sendable {
  let sender: String
  let recipients: [String]
  let subject: String
  /// With a line feed at each line's end.
  let body: String
  let date: Timestamp
  /// Unique, without its brackets.
  let id: String

  /// - Parameters:
  ///   - sender: an address without a name, and so are the recipients.
  ///   - body: lines, each with its line feed.
  package init(from sender: String, to recipients: [String], subject: String, body: String, at date: Timestamp) {
    self.sender = sender
    self.recipients = recipients
    self.subject = visible(subject)
    self.body = body
    self.date = date
    let random = (0..<2).map { _ in String(UInt64.random(in: .min ... .max), radix: 36) }.joined()
    id = "\(random)@\(sender.split(separator: "@").last ?? "localhost")"
  }

  /// What SMTP carries.
  package var bytes: [UInt8] {
    let isPlain = body.utf8.allSatisfy { (0x20..<0x7F).contains($0) || $0 == 0x0A }
    let fits = body.split(separator: "\n", omittingEmptySubsequences: false).allSatisfy { $0.utf8.count <= 78 }
    let headers = [
      ("Date", mailTime(date)),
      ("From", sender),
      ("To", recipients.joined(separator: ",\r\n ")),
      ("Message-ID", "<\(id)>"),
      ("Subject", Self.encodedWords(subject)),
      // No answer by a machine (RFC 3834).
      ("Auto-Submitted", "auto-generated"),
      ("MIME-Version", "1.0"),
      ("Content-Type", "text/plain; charset=utf-8"),
      ("Content-Transfer-Encoding", isPlain && fits ? "7bit" : "quoted-printable"),
    ]
    let head = headers.map { "\($0.0): \($0.1)\r\n" }.joined()
    let text = isPlain && fits ? body.replacingScalars { $0 == "\n" ? "\r\n" : nil } : Self.quotedPrintable(body)
    return Array((head + "\r\n" + text).utf8)
  }

  /// A header's text: unchanged if it is short and printable ASCII, otherwise in encoded words of 75 characters at most (RFC 2047,
  /// section 2). So no text becomes another header.
  static func encodedWords(_ text: String) -> String {
    // "=?" may begin an encoded word.
    let isPlain = text.utf8.allSatisfy { (0x20..<0x7F).contains($0) } && !text.contains("=?")
    if isPlain && text.utf8.count <= 900 && text.first != " " { return folded(text) }
    var words: [[UInt8]] = [[]]
    // 45 bytes are 60 of base64; no character is parted.
    for scalar in text.unicodeScalars {
      let bytes = Array(String(scalar).utf8)
      if words[words.count - 1].count + bytes.count > 45 { words.append([]) }
      words[words.count - 1] += bytes
    }
    return words.map { "=?UTF-8?B?\(base64($0))?=" }.joined(separator: "\r\n ")
  }

  /// Lines of 70 characters or so, parted at blanks.
  private static func folded(_ text: String) -> String {
    var (lines, line) = ([String](), "")
    for word in text.split(separator: " ", omittingEmptySubsequences: false) {
      if !line.isEmpty, !word.isEmpty, line.utf8.count + word.utf8.count > 65 {
        lines.append(line)
        line = ""
      }
      line += (line.isEmpty && lines.isEmpty ? "" : " ") + word
    }
    return (lines + [line]).joined(separator: "\r\n")
  }

  /// RFC 2045, section 6.7: lines of 76 characters at most.
  static func quotedPrintable(_ text: String) -> String {
    let digits = Array("0123456789ABCDEF".utf8)
    var (result, length) = ([UInt8](), 0)
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if !result.isEmpty || length < 0 { result += [0x0D, 0x0A] }
      length = 0
      let bytes = Array(line.utf8)
      for (index, byte) in bytes.enumerated() {
        let isBlankAtEnd = byte == 0x20 && index == bytes.count - 1
        let isPlain = (0x20..<0x7F).contains(byte) && byte != UInt8(ascii: "=") && !isBlankAtEnd
        let code = isPlain ? [byte] : [UInt8(ascii: "="), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
        if length + code.count > 75 {
          result += [UInt8(ascii: "="), 0x0D, 0x0A]
          length = 0
        }
        result += code
        length += code.count
      }
      length = -1
    }
    return String(decoding: result, as: UTF8.self)
  }

  /// RFC 4648, section 4.
  static func base64(_ bytes: [UInt8]) -> String {
    let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    var result: [UInt8] = []
    for start in stride(from: 0, to: bytes.count, by: 3) {
      let part = bytes[start..<min(start + 3, bytes.count)]
      let group = part.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - part.count))
      for place in 0..<4 {
        result.append(place <= part.count ? digits[group >> (18 - 6 * place) & 63] : UInt8(ascii: "="))
      }
    }
    return String(decoding: result, as: UTF8.self)
  }
}
