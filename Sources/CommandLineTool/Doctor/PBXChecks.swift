import CallControl
import Configuration
import Directory
import Domain
import Executor
import Ledger
import Platform
import Sync

extension DoctorReport {
  /// The PBX and its key, by a call that it must refuse: an add of an extension without a number changes nothing.
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
      return skip("\(what), key", "the PBX is out of reach")
    }
    guard let control else { return skip("\(what), key", "its file can't be used") }
    let answer = await control.make(.addExtension(Extension(number: "", firstName: "")))
    switch answer.status {
    case .refused:
      pass(what, "answers, and takes the key")
      checkClock(pbx.url, control.serverDate)
      await checkPresence(setup)
    case .badKey:
      fail(
        what, "refuses the key (\(answer.text))",
        remedy: "ask the PBX for a valid key and write it to \(pbx.securityKeyFile): "
          + "install -m 0600 /dev/stdin \(shellQuoted(pbx.securityKeyFile)), then: \(setup.credentials.reload)")
    case .notSent, .unanswered:
      fail(
        what, answer.message,
        remedy: "check [pbx] url, the network and the certificate: curl -v \(shellQuoted(pbx.url))")
    case .accepted, .absent, .taken, .failed, .notUnderstood, .tooLong:
      fail(
        what, "answers a call that it should refuse with \"\(answer.text)\"",
        remedy: "see whether [pbx] url is the Call Control Manager's, and what the PBX's own log says")
    }
  }

  /// Whether the service, which has a copy, has the same secret.
  mutating func checkCopy(of file: String, _ setup: CompiledConfiguration) {
    let credentials = setup.credentials
    guard let copy = credentials.copy(of: file), let theirs = try? FileBytes(of: copy, limit: 65_536),
      let ours = try? FileBytes(of: file, limit: 65_536)
    else { return }
    let what = "\(credentials.unit)'s copy of \(file)"
    if theirs.bytes == ours.bytes { return pass(what, "the same") }
    fail(what, "another, from its start or its last reload", remedy: credentials.reload)
  }

  /// The ledger and the disk under it.
  mutating func checkState(_ setup: CompiledConfiguration) async {
    let folder = setup.configuration.state.directory
    do {
      if let ledger = try StateFolder.ledgerToRead(folder) {
        let problems = try await ledger.verify()
        if let pbx = try await StateFolder.otherPBX(ledger, setup) {
          let failure = RunError(ledgerOf: pbx, setup)
          fail("ledger's PBX", failure.message, remedy: failure.remedy)
        }
        if problems.isEmpty {
          pass(
            "ledger",
            "sound, \(counted(try await ledger.state().managed.count, "object")) of ours, read by SQLite \(Ledger.libraryVersion)"
          )
        } else {
          fail(
            "ledger", problems.joined(separator: "; "),
            remedy: "\(pbxsyncd) ledger restore FILE, with one of \(folder)/backups")
        }
      } else {
        pass("ledger", "none yet; the first run makes it in \(folder)")
      }
    } catch {
      let failure = RunError(error)
      fail("ledger", failure.message, remedy: failure.remedy)
    }
    if freeSpace(of: folder) == nil { check(missing: folder) }
    guard let free = freeSpace(of: folder) ?? freeSpace(of: Platform.folder(of: folder)) else { return }
    if let mode = permissions(of: folder), mode & 0o022 != 0 {
      fail(
        "state folder", "others may write to \(folder), and so decide what is removed",
        remedy: "chmod 0700 \(shellQuoted(folder))")
    }
    let megabytes = free / 1_048_576
    if megabytes < 100 {
      fail("free disk", "\(megabytes) MiB", remedy: "make room on its file system: df -h \(shellQuoted(folder))")
    } else {
      pass("free disk", "\(megabytes) MiB")
    }
  }
}

extension DoctorReport {
  /// A state folder that isn't there yet: the service's is made by its unit, and any other by the first run, where it may.
  private mutating func check(missing folder: String) {
    let what = "state folder"
    if folder.hasPrefix("/var/lib/pbxsyncd") {
      pass(what, "\(folder) isn't there yet; the service makes it when it starts")
    } else {
      // Only systemd makes the folder: a run ends without it.
      fail(what, "\(folder) isn't there", remedy: "install -d -m 0700 \(shellQuoted(folder))")
    }
  }

  /// Whether the PBX is known to tell by a refused call that a number is taken.
  private mutating func checkPresence(_ setup: CompiledConfiguration) async {
    let pbx = setup.configuration.pbx
    let what = "PBX at \(pbx.url), probe"
    guard pbx.probes else { return pass(what, "off: [pbx] probe = \"never\"") }
    let ledger = try? StateFolder.ledgerToRead(setup.configuration.state.directory)
    guard let known = try? await ledger?.presence(), known.url == pbx.url else {
      return pass(what, "not learned yet; the first new extension shows whether this PBX tells that a number is taken")
    }
    pass(what, "\(known.text), as learned at \(localTime(known.learnedAt))")
  }
}
