import Domain

/// The worlds that are explored.
extension WorldSettings {
  package static let all = [
    extensions, valuesFirst, unchecked, contacts, both, removals, searches, hands, restores, decisions, daemon,
    quarantine,
  ]

  private static let firstLoad: [Event] = [.edit(.join(0, "101")), .edit(.join(1, "102")), .run(.complete)]

  /// Two entries and two numbers; requests meet faults.
  package static let extensions = make("extensions") {
    $0.extensionNumbers = ["101", "102"]
    ($0.budget.edits, $0.budget.faults, $0.budget.days) = (2, 2, 1)
    $0.beginnings = [[], firstLoad]
  }

  /// The same on a PBX where no probe reveals anything, with an object made by hand.
  package static let valuesFirst = make("values-first") {
    $0.extensionNumbers = ["101", "102"]
    $0.behaviour = .valuesFirst
    ($0.budget.edits, $0.budget.faults, $0.budget.days, $0.budget.hands) = (2, 2, 1, 1)
    $0.beginnings = [[], [.create(ObjectKey(.extension, "102"))]]
  }

  /// The same on a PBX that checks no first names.
  package static let unchecked = make("unchecked") {
    $0.extensionNumbers = ["101", "102"]
    $0.behaviour = .unchecked
    ($0.budget.edits, $0.budget.faults, $0.budget.days, $0.budget.hands) = (2, 2, 1, 1)
    $0.beginnings = [[], [.create(ObjectKey(.extension, "102"))]]
  }

  /// Two contacts and three phone numbers, so that contacts are renumbered.
  package static let contacts = make("contacts") {
    $0.contactNumbers = ["901", "902", "903"]
    ($0.budget.edits, $0.budget.faults, $0.budget.days) = (2, 3, 1)
    $0.beginnings = [[], [.edit(.join(0, "901")), .edit(.join(1, "902")), .run(.complete)]]
  }

  /// Extensions and a contact.
  package static let both = make("both") {
    $0.extensionNumbers = ["101", "102"]
    $0.contactNumbers = ["901"]
    ($0.budget.edits, $0.budget.faults, $0.budget.days) = (2, 1, 1)
    $0.beginnings = [[], firstLoad]
  }

  /// Leavers, with three complete reads before a removal: incomplete reads, a server that lags, and time.
  package static let removals = make("removals") {
    $0.extensionNumbers = ["101", "102"]
    $0.policy.removal.completeReads = 3
    ($0.budget.edits, $0.budget.faults, $0.budget.days, $0.budget.reads) = (3, 1, 2, 2)
    $0.beginnings = [firstLoad]
  }

  /// An admin edits the search settings and decides.
  package static let searches = make("searches") {
    $0.extensionNumbers = ["101", "102"]
    ($0.budget.edits, $0.budget.faults, $0.budget.days, $0.budget.searches, $0.budget.decisions) = (1, 1, 2, 2, 1)
    $0.beginnings = [firstLoad]
  }

  /// Somebody creates and deletes objects on the PBX by hand.
  package static let hands = make("hands") {
    $0.extensionNumbers = ["101", "102"]
    ($0.budget.edits, $0.budget.faults, $0.budget.days, $0.budget.hands, $0.budget.decisions) = (2, 2, 1, 2, 1)
    $0.beginnings = [[], firstLoad]
  }

  /// The PBX goes back to an earlier state.
  package static let restores = make("restores") {
    $0.extensionNumbers = ["101", "102"]
    $0.contactNumbers = ["901"]
    ($0.budget.edits, $0.budget.faults, $0.budget.days, $0.budget.hands) = (2, 1, 1, 2)
    $0.beginnings = [[.create(ObjectKey(.extension, "102")), .edit(.join(0, "101")), .run(.complete), .backUp]]
  }

  /// Held sets are approved and rejected, objects adopted and released.
  package static let decisions = make("decisions") {
    $0.extensionNumbers = ["101", "102"]
    ($0.budget.edits, $0.budget.faults, $0.budget.days, $0.budget.decisions) = (3, 1, 3, 3)
    $0.beginnings = [[.create(ObjectKey(.extension, "102")), .edit(.join(0, "101")), .run(.complete)], firstLoad]
  }

  /// Failed changes back off, as in the daemon.
  package static let daemon = make("daemon") {
    $0.extensionNumbers = ["101", "102"]
    $0.policy.backsOff = true
    ($0.budget.edits, $0.budget.faults, $0.budget.days) = (2, 3, 2)
    $0.beginnings = [firstLoad]
  }

  /// A number rests for a day after a removal.
  package static let quarantine = make("quarantine") {
    $0.extensionNumbers = ["101", "102"]
    $0.policy.numbers.rest = LedgerModel.day
    ($0.budget.edits, $0.budget.faults, $0.budget.days) = (3, 1, 3)
    $0.beginnings = [firstLoad]
  }

  private static func make(_ name: String, _ body: (inout WorldSettings) -> Void) -> WorldSettings {
    var settings = WorldSettings(name)
    body(&settings)
    return settings
  }
}

extension WorldSettings {
  /// The name of its constant in Swift.
  package var identifier: String {
    let words = name.split(separator: "-")
    return words.prefix(1).joined() + words.dropFirst().map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
  }
}
