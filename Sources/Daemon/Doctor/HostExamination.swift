import CallControl
import Configuration
import Domain
import Ledger
import Platform

extension Examination {
  /// The PBX and its key, by a call that it must refuse: an add of an extension without a number changes nothing.
  mutating func examinePBX(_ setup: Setup) async {
    let pbx = setup.configuration.pbx
    let what = "PBX at \(pbx.url)"
    var control: CallControl?
    do {
      control = setup.callControl(with: try setup.securityKey())
      well("PBX key file", pbx.securityKeyFile)
      examineCopy(of: pbx.securityKeyFile, setup)
    } catch {
      ill("PBX key file", "\(error)", remedy: "")
    }
    guard let endpoint = Endpoint(pbx.url), await examineContact(endpoint, setup.clientSettings) else {
      return skip("\(what), key", "the PBX is out of reach")
    }
    guard let control else { return skip("\(what), key", "its file can't be used") }
    let answer = await control.make(.addExtension(Extension(number: "", firstName: "")))
    switch answer.verdict {
    case .refused:
      well(what, "answers, and takes the key")
      examineClock(pbx.url, control.serverDate)
      await examinePresence(setup)
    case .badKey:
      ill(
        what, "refuses the key (\(answer.text))",
        remedy: "ask the PBX for a valid key and write it to \(pbx.securityKeyFile): "
          + "install -m 0600 /dev/stdin \(shellQuoted(pbx.securityKeyFile)), then: \(setup.credentials.reload)")
    case .notSent, .unanswered:
      ill(
        what, answer.message,
        remedy: "check [pbx] url, the network and the certificate: curl -v \(shellQuoted(pbx.url))")
    case .accepted, .absent, .taken, .failed, .notUnderstood, .tooLong:
      ill(
        what, "answers a call that it should refuse with \"\(answer.text)\"",
        remedy: "see whether [pbx] url is the Call Control Manager's, and what the PBX's own log says")
    }
  }

  /// Whether the service, which has a copy, has the same secret.
  mutating func examineCopy(of file: String, _ setup: Setup) {
    let credentials = setup.credentials
    guard let copy = credentials.copy(of: file), let theirs = try? FileBytes(of: copy, limit: 65_536),
      let ours = try? FileBytes(of: file, limit: 65_536)
    else { return }
    let what = "\(credentials.unit)'s copy of \(file)"
    if theirs.bytes == ours.bytes { return well(what, "the same") }
    ill(what, "another, from its start or its last reload", remedy: credentials.reload)
  }

  /// The ledger and the disk under it.
  mutating func examineState(_ setup: Setup) async {
    let folder = setup.configuration.state.directory
    do {
      if let ledger = try State.ledgerToRead(folder) {
        let faults = try await ledger.verify()
        if let pbx = try await State.otherPBX(ledger, setup) {
          let failure = Failure(ledgerOf: pbx, setup)
          ill("ledger's PBX", failure.message, remedy: failure.remedy)
        }
        if faults.isEmpty {
          well(
            "ledger",
            "sound, \(counted(try await ledger.memory().managed.count, "object")) of ours, read by SQLite \(Ledger.libraryVersion)"
          )
        } else {
          ill(
            "ledger", faults.joined(separator: "; "),
            remedy: "\(pbxsyncd) ledger restore FILE, with one of \(folder)/backups")
        }
      } else {
        well("ledger", "none yet; the first run makes it in \(folder)")
      }
    } catch {
      let failure = Failure(error)
      ill("ledger", failure.message, remedy: failure.remedy)
    }
    if freeSpace(of: folder) == nil { examine(missing: folder) }
    guard let free = freeSpace(of: folder) ?? freeSpace(of: Platform.folder(of: folder)) else { return }
    if let mode = permissions(of: folder), mode & 0o022 != 0 {
      ill(
        "state folder", "others may write to \(folder), and so decide what is removed",
        remedy: "chmod 0700 \(shellQuoted(folder))")
    }
    let megabytes = free / 1_048_576
    if megabytes < 100 {
      ill("free disk", "\(megabytes) MiB", remedy: "make room on its file system: df -h \(shellQuoted(folder))")
    } else {
      well("free disk", "\(megabytes) MiB")
    }
  }
}

extension Examination {
  /// A state folder that isn't there yet: the service's is made by its unit, and any other by the first run, where it may.
  private mutating func examine(missing folder: String) {
    let what = "state folder"
    if folder.hasPrefix("/var/lib/pbxsyncd") {
      well(what, "\(folder) isn't there yet; the service makes it when it starts, or the first run")
    } else if mayWrite(to: Platform.folder(of: folder)) {
      well(what, "\(folder) isn't there yet; the first run makes it")
    } else {
      ill(what, "\(folder) isn't there", remedy: "install -d -m 0700 \(shellQuoted(folder))")
    }
  }

  /// Whether the PBX is known to tell by a refused call that a number is taken.
  private mutating func examinePresence(_ setup: Setup) async {
    let pbx = setup.configuration.pbx
    let what = "PBX at \(pbx.url), probe"
    guard pbx.probes else { return well(what, "off: [pbx] probe = \"never\"") }
    let ledger = try? State.ledgerToRead(setup.configuration.state.directory)
    guard let known = try? await ledger?.presence(), known.url == pbx.url else {
      return well(what, "not learned yet; the first new extension shows whether this PBX tells that a number is taken")
    }
    well(what, "\(known.text), as learned at \(localTime(known.learnedAt))")
  }
}
