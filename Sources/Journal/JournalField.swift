/// The fields of events: a contract with tools that search the log. Add to them, don't rename them.
public enum JournalField: String, Sendable, Hashable, CaseIterable {
  // The subject of an outcome.
  case run = "PBX_RUN"
  case action = "PBX_ACTION"
  case kind = "PBX_KIND"
  case number = "PBX_NUMBER"
  case dn = "PBX_DN"
  case entry = "PBX_ENTRY"
  case outcome = "PBX_OUTCOME"
  case errorCode = "PBX_ERROR_CODE"
  case reason = "PBX_REASON"
  case changed = "PBX_CHANGED"

  // For the remedy.
  case remedy = "PBX_REMEDY"
  case attribute = "PBX_ATTRIBUTE"
  case value = "PBX_VALUE"
  case ldif = "PBX_LDIF"
  case server = "PBX_SERVER"
  case source = "PBX_SOURCE"
  case file = "PBX_FILE"

  // The summary of a run.
  case read = "PBX_READ"
  case added = "PBX_ADDED"
  case updated = "PBX_UPDATED"
  case deleted = "PBX_DELETED"
  case failed = "PBX_FAILED"
  case conflict = "PBX_PARKED"
  case waiting = "PBX_WAITING"
  case held = "PBX_HELD"
  case frozen = "PBX_FROZEN"
  case requests = "PBX_REQUESTS"
  case seconds = "PBX_SECONDS"
  case peakMemory = "PBX_PEAK_MEMORY"
}
