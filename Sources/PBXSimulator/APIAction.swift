/// The actions of the API, by their names in `action`.
///
/// The vendor's page prints no request for the two deletes; their names and envelopes follow those of the others.
package enum APIAction: String, CaseIterable, Sendable {
  case addExt, updateExt, deleteExt
  case addPhonebook, updatePhonebook, deletePhonebook

  /// The allowed keys of the objects in `qsValue`.
  var envelopes: [String] {
    switch self {
    case .addExt: ["sExtension", Self.batch]
    case .updateExt: ["uExtension"]
    case .deleteExt: ["dExtension"]
    case .addPhonebook: ["sContact"]
    case .updatePhonebook: ["uContact"]
    case .deletePhonebook: ["dContact"]
    }
  }

  /// The only envelope for several objects.
  static let batch = "mExtension"

  /// The `status` of success.
  func success(in envelope: String) -> String {
    switch self {
    case .addExt: envelope == Self.batch ? "All Extension Created" : "Extension Created"
    case .updateExt: "Extension Updated"
    case .deleteExt: "Extension Deleted"
    case .addPhonebook: "Contact Created"
    case .updatePhonebook: "Contact Updated"
    case .deletePhonebook: "Contact Deleted"
    }
  }

  /// `WEBSERVICE_ERROR` as the page prints it for this operation: with a blank at either end in three of them.
  func exceptionCode(in envelope: String) -> String {
    switch self {
    case .addExt where envelope == Self.batch, .deleteExt, .addPhonebook: " WEBSERVICE_ERROR "
    case .addExt, .updateExt, .updatePhonebook, .deletePhonebook: "WEBSERVICE_ERROR"
    }
  }
}
