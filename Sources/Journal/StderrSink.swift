import Glibc
import Platform
import Text

/// Standard error, one line an event, with the level in front as in sd-daemon(3): `<5>message PBX_NUMBER=1234`.
public struct StderrSink: Sink {
  private let descriptor: Int32

  public init() { self.init(descriptor: STDERR_FILENO) }

  init(descriptor: Int32) { self.descriptor = descriptor }

  /// Blocks for as long as the reader of standard error does. Each line is written in one piece if the kernel allows it.
  public func write(_ event: Event) {
    Platform.write(StderrSink.line(event) + "\n", to: descriptor)
  }

  static func line(_ event: Event) -> String {
    var line = "<\(event.level.rawValue)>\(unambiguous(event.message))"
    line.reserveCapacity(512)
    for field in event.fields {
      line += " "
      line += field.name.rawValue
      line += "="
      line += quoted(field.value)
    }
    return line
  }

  /// In quotes if a value would run into the next.
  private static func quoted(_ value: String) -> String {
    let runsOn = value.utf8.contains { byte in
      switch byte {
      case UInt8(ascii: " "), UInt8(ascii: "\""), UInt8(ascii: "="), UInt8(ascii: "\\"): true
      default: false
      }
    }
    return runsOn ? "\"\(unambiguous(value, inQuotes: true))\"" : unambiguous(value)
  }

  /// The same as `visible`, and reversible. No name can begin a new line, colour a terminal or change its text direction.
  private static func unambiguous(_ text: String, inQuotes: Bool = false) -> String {
    // Most text needs no change, and no check of each character.
    let isPlain = text.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "\\"): false
      case UInt8(ascii: "\""): !inQuotes
      case 0x20..<0x7F: true
      default: false
      }
    }
    if isPlain { return text }
    return text.replacingScalars { scalar in
      switch scalar {
      case "\\": "\\\\"
      case "\"" where inQuotes: "\\\""
      default: scalar.isInvisible ? scalar.escaped(asASCII: true) : nil
      }
    }
  }
}
