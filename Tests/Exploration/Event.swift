package import Domain

/// One step of a trace: what happens to the directory, the PBX or the program.
package enum Event: Hashable {
  /// Somebody edits the directory.
  case edit(Edit)
  /// An admin edits the search settings: 0 selects everybody, 1 and 2 hide an entry.
  case search(Int)
  /// A run begins: it reads the directory and plans.
  case run(ReadKind)
  /// The run's next step that sends nothing: a commit of the ledger, or the conclusion from an answer.
  case step
  /// The request leaves, with this result.
  case send(Fault)
  /// The rest of the run, without faults.
  case finish
  /// The process is killed.
  case kill
  /// A day passes.
  case day
  /// An admin decides on the held set with this position.
  case approve(Int)
  case reject(Int)
  /// An admin allows the adoption of the object under a number.
  case adopt(ObjectKey)
  /// An admin ends the management of an object.
  case release(ObjectKey)
  /// Somebody creates or deletes an object on the PBX by hand.
  case create(ObjectKey)
  case erase(ObjectKey)
  /// The PBX is backed up; later it is restored.
  case backUp
  case restore

  /// What can happen to an entry.
  package enum Edit: Hashable {
    case join(Int, String)
    case leave(Int)
    case disable(Int)
    case enable(Int)
    /// The entry shows another number; nil: none.
    case number(Int, String?)
    case name(Int, Int)
    /// The entry's phone number as a contact; nil: the contacts' source no longer selects it.
    case contact(Int, String?)
    /// Both entries exchange their extension numbers.
    case swap
    /// Both entries exchange their phone numbers.
    case swapContacts
  }

  /// The result of a request.
  package enum Fault: String, Hashable, CaseIterable {
    case none
    /// It is lost on its way to the PBX.
    case requestLost
    /// The PBX has processed it, and its answer is lost.
    case answerLost
    /// There is no connection, so it never leaves.
    case notSent
    /// The PBX reports a transient failure and does nothing.
    case failed
    /// The key has expired.
    case badKey
    /// The PBX has processed it, and its answer can't be understood.
    case unreadable

    package var isProcessed: Bool { [.none, .answerLost, .unreadable].contains(self) }

    /// What the program sees of an answer.
    package func seen(_ answer: CallResult) -> CallResult {
      switch self {
      case .none: answer
      case .requestLost, .answerLost: CallResult(.unanswered)
      case .notSent: CallResult(.notSent)
      case .failed: CallResult(.failed, errorCode: "500")
      case .badKey: CallResult(.badKey, errorCode: "AUTH_ID_EXPIRED")
      case .unreadable: CallResult(.notUnderstood)
      }
    }
  }
}

extension Event {
  /// The event as Swift code.
  package var code: String {
    func key(_ key: ObjectKey) -> String { "ObjectKey(.\(key.kind.rawValue), \"\(key.number)\")" }
    func text(_ number: String?) -> String { number.map { "\"\($0)\"" } ?? "nil" }
    return switch self {
    case .edit(.join(let index, let number)): ".edit(.join(\(index), \"\(number)\"))"
    case .edit(.leave(let index)): ".edit(.leave(\(index)))"
    case .edit(.disable(let index)): ".edit(.disable(\(index)))"
    case .edit(.enable(let index)): ".edit(.enable(\(index)))"
    case .edit(.number(let index, let number)): ".edit(.number(\(index), \(text(number))))"
    case .edit(.name(let index, let name)): ".edit(.name(\(index), \(name)))"
    case .edit(.contact(let index, let number)): ".edit(.contact(\(index), \(text(number))))"
    case .edit(.swap): ".edit(.swap)"
    case .edit(.swapContacts): ".edit(.swapContacts)"
    case .search(let search): ".search(\(search))"
    case .run(.complete): ".run(.complete)"
    case .run(.incomplete(let index)): ".run(.incomplete(missing: \(index)))"
    case .run(.lagging): ".run(.lagging)"
    case .step: ".step"
    case .send(let fault): ".send(.\(fault.rawValue))"
    case .finish: ".finish"
    case .kill: ".kill"
    case .day: ".day"
    case .approve(let index): ".approve(\(index))"
    case .reject(let index): ".reject(\(index))"
    case .adopt(let adopted): ".adopt(\(key(adopted)))"
    case .release(let released): ".release(\(key(released)))"
    case .create(let created): ".create(\(key(created)))"
    case .erase(let erased): ".erase(\(key(erased)))"
    case .backUp: ".backUp"
    case .restore: ".restore"
    }
  }
}
