import CallControl
import Configuration
import Directory
import Domain
import Executor
import Ledger
import Platform
import Sync

extension DoctorReport {
  /// Checks the PBX and its key by a call that it must refuse: an add of an extension without a number changes nothing.
  mutating func checkPBX(_ setup: CompiledConfiguration) async {
    let pbx = setup.configuration.pbx
    let what = "PBX at \(pbx.url)"
    var control: CallControl?
    do {
      control = setup.callControl(with: try setup.securityKey())
      pass("PBX key file", pbx.securityKeyFile)
      checkCopy(of: pbx.securityKeyFile, setup)
    } catch {
      fail("PBX key file", "\(error)", remedy: "")
    }
    guard let endpoint = Endpoint(pbx.url), await checkContact(endpoint, setup.clientSettings) else {
      return skip("\(what), key", "the PBX is unreachable")
    }
    guard let control else { return skip("\(what), key", "its file can't be used") }
    let answer = await control.make(.addExtension(Extension(number: "", firstName: "")))
    switch answer.status {
    case .refused:
      pass(what, "reachable, key accepted")
      checkClock(pbx.url, control.serverDate)
      await checkPresence(setup)
    case .badKey:
      fail(
        what, "key refused (\(answer.text))",
        remedy: "get a valid key from the PBX's administrator and write it to \(pbx.securityKeyFile): "
          + "install -m 0600 /dev/stdin \(shellQuoted(pbx.securityKeyFile)), then: \(setup.credentials.reload)")
    case .notSent, .unanswered:
      fail(
        what, answer.message,
        remedy: "check [pbx] url, the network and the certificate: curl -v \(shellQuoted(pbx.url))")
    case .accepted, .absent, .taken, .failed, .notUnderstood, .tooLong:
      fail(
        what, "reachable, but it answered a call that it should refuse with \"\(answer.text)\"",
        remedy: "check that [pbx] url is the Call Control Manager's, and the PBX's log")
    }
  }

  /// Checks that the service's copy of a secret is up to date.
  mutating func checkCopy(of file: String, _ setup: CompiledConfiguration) {
    let credentials = setup.credentials
    guard let copy = credentials.copy(of: file), let theirs = try? FileBytes(of: copy, limit: 65_536),
      let ours = try? FileBytes(of: file, limit: 65_536)
    else { return }
    let what = "\(credentials.unit)'s copy of \(file)"
    if theirs.bytes == ours.bytes { return pass(what, "up to date") }
    fail(what, "outdated, from its start or its last reload", remedy: credentials.reload)
  }

  /// Checks the ledger and its disk.
  mutating func checkState(_ setup: CompiledConfiguration) async {
    let folder = setup.configuration.state.directory
    do {
      if let ledger = try StateFolder.ledgerToRead(folder) {
        let problems = try await ledger.verify()
        if let freeze = try await ledger.freeze() { warn("freeze", freeze.text, remedy: freeze.remedy) }
        if let pbx = try await StateFolder.otherPBX(ledger, setup) {
          let failure = RunError(ledgerOf: pbx, setup)
          fail("ledger's PBX", failure.message, remedy: failure.remedy)
        }
        if problems.isEmpty {
          pass(
            "ledger",
            "OK, \(counted(try await ledger.state().managed.count, "managed object")), read by SQLite \(Ledger.libraryVersion)"
          )
        } else {
          fail(
            "ledger", problems.joined(separator: "; "),
            remedy: "\(pbxsyncd) ledger restore FILE, with one of \(folder)/backups")
        }
      } else {
        pass("ledger", "none yet; the first run creates it in \(folder)")
      }
    } catch {
      let failure = RunError(error)
      fail("ledger", failure.message, remedy: failure.remedy)
    }
    if freeSpace(of: folder) == nil { check(missing: folder) }
    guard let free = freeSpace(of: folder) ?? freeSpace(of: Platform.folder(of: folder)) else { return }
    if let mode = permissions(of: folder), mode & 0o022 != 0 {
      fail(
        "state folder", "other users can write to \(folder), and so decide what is removed",
        remedy: "chmod 0700 \(shellQuoted(folder))")
    }
    let megabytes = free / 1_048_576
    if megabytes < 100 {
      fail("free disk", "\(megabytes) MiB", remedy: "free space on its file system: df -h \(shellQuoted(folder))")
    } else {
      pass("free disk", "\(megabytes) MiB")
    }
  }
}

extension DoctorReport {
  /// Reports a missing state folder: the service's is created by its unit, any other by the first run if it may.
  private mutating func check(missing folder: String) {
    let what = "state folder"
    if folder.hasPrefix("/var/lib/pbxsyncd") {
      pass(what, "\(folder) doesn't exist yet; the service creates it when it starts")
    } else {
      // Only systemd creates the folder: a run fails without it.
      fail(what, "\(folder) doesn't exist", remedy: "install -d -m 0700 \(shellQuoted(folder))")
    }
  }

  /// Reports whether the PBX reveals by a refused call that a number is taken.
  private mutating func checkPresence(_ setup: CompiledConfiguration) async {
    let pbx = setup.configuration.pbx
    let what = "PBX at \(pbx.url), probe"
    guard pbx.probes else { return pass(what, "off: [pbx] probe = \"never\"") }
    let ledger = try? StateFolder.ledgerToRead(setup.configuration.state.directory)
    guard let known = try? await ledger?.presence(), known.url == pbx.url else {
      return pass(what, "unknown; the first new extension shows whether this PBX reveals taken numbers")
    }
    pass(what, "\(known.text), learned at \(localTime(known.learnedAt))")
  }
}
