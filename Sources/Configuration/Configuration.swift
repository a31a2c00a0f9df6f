public import Domain
import Platform
import Text

/// The whole configuration, checked: its values need no further checks.
///
/// `docs/configuration.md` is the reference of the keys.
public struct Configuration: Sendable, Hashable {
  /// Where it was read from.
  public var file: String
  /// The file's path, or its intended path if it is only tried.
  public var place: String
  /// The digest of the file's content (`Domain.digest`).
  public var digest: String
  public var directory: DirectorySection
  public var users: [UserSection]
  public var contacts: [ContactSection]
  public var numbers: NumbersSection
  /// In the order of the file: an entry in several sources belongs to the first.
  public var sites: [SiteSection]
  public var names: NamesSection
  public var pbx: PBXSection
  public var schedule: ScheduleSection
  public var removal: RemovalPolicy
  public var update: ChangeLimits
  public var addition: ChangeLimits
  public var state: StateSection
  public var alerts: AlertsSection
  public var privacy: PrivacySection
  public var metrics: MetricsSection

  /// Reads and checks a file. Blocks while it reads; secrets stay in their files (`readSecret`).
  ///
  /// - Parameters:
  ///   - place: the file's intended path; relative paths are beside it.
  ///   - credentialsDirectory: `$CREDENTIALS_DIRECTORY` of systemd.exec(5).
  ///   - stateDirectory: `$STATE_DIRECTORY` of systemd.exec(5), one path or several with colons between them.
  /// - Throws: All errors of the file, each with its position and remedy.
  public static func load(
    file: String, inPlaceOf place: String? = nil, credentialsDirectory: String?, stateDirectory: String?
  ) throws(ConfigurationError) -> Configuration {
    let content: FileBytes
    do throws(ValueError) {
      content = try FileBytes(readFrom: file, limit: 1_048_576)
    } catch {
      throw ConfigurationError(file: file, findings: [.init(message: error.message, remedy: error.remedy)])
    }
    return try Configuration(
      content.bytes, file: file, inPlaceOf: place, credentialsDirectory: credentialsDirectory,
      stateDirectory: stateDirectory)
  }

  /// Reads the bytes of a file named `file`.
  init(
    _ bytes: [UInt8], file: String, inPlaceOf place: String? = nil, credentialsDirectory: String?,
    stateDirectory: String?
  ) throws(ConfigurationError) {
    let document = try TOMLDocument(
      bytes, file: file, inPlaceOf: place, credentialsDirectory: credentialsDirectory)
    let table = TOMLTable(document)
    self.file = file
    self.place = document.place
    digest = Text.digest(bytes.span)
    directory = table.section("directory", DirectorySection.init)
    document.hasOwnIdentity = directory.identity != nil
    users = table.sections("users", UserSection.init)
    contacts = table.sections("contacts", ContactSection.init)
    numbers = table.section("numbers", NumbersSection.init)
    contacts = contacts.map { [country = numbers.country] in $0.localized(to: country) }
    sites = table.sites("sites")
    names = table.section("names", NamesSection.init)
    pbx = table.section("pbx", PBXSection.init)
    schedule = table.section("schedule", ScheduleSection.init)
    removal = table.section("removal", RemovalPolicy.init)
    update = table.section("update") { ChangeLimits($0, default: .update) }
    addition = table.section("addition") { ChangeLimits($0, default: .addition) }
    let faultsBefore = document.faults
    state = table.section("state") { StateSection($0, environment: stateDirectory) }
    let faultsOfState = document.faults - faultsBefore
    alerts = table.section("alerts", AlertsSection.init)
    privacy = table.section("privacy", PrivacySection.init)
    metrics = table.section("metrics", MetricsSection.init)
    let faultsOfKeys = document.faults
    table.reportUnknownKeys()
    // Without one, an unknown key may be a misspelt [state].
    let knowsState = faultsOfState == 0 && (!table.lacks("state") || document.faults == faultsOfKeys)
    if table.lacks("users") && table.lacks("contacts") {
      table.report("there is no [[users]] and no [[contacts]]", "add one: it selects the entries to sync")
    }
    Self.checkPools(users, numbers.policy, directory, document)
    try document.throwFindings(stateDirectory: knowsState ? state.directory : nil)
  }
}
