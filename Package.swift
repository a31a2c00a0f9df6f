// swift-tools-version: 6.2
import PackageDescription

/// What every Swift target is built with, and why.
let settings: [SwiftSetting] = [
  // A warning left standing is a bug that nobody has read yet.
  .treatAllWarnings(as: .error),
  // Each unsafe use of C is marked where it happens, so a review can look at those lines alone.
  .strictMemorySafety(),
  // `any` shows where a call is dispatched dynamically (SE-0335).
  .enableUpcomingFeature("ExistentialAny"),
  // An import stays inside its module unless the module says `public import` (SE-0409).
  .enableUpcomingFeature("InternalImportsByDefault"),
  // A file uses only the members of modules that it imports itself (SE-0444).
  .enableUpcomingFeature("MemberImportVisibility"),
  // An async function stays on its caller's actor unless it says otherwise (SE-0461).
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
  // A conformance of an isolated type is isolated as the type is (SE-0470).
  .enableUpcomingFeature("InferIsolatedConformances"),
]

let package = Package(
  name: "pbxsyncd",
  products: [
    .executable(name: "pbxsyncd", targets: ["pbxsyncd"]),
    .executable(name: "pbx-simulator", targets: ["pbx-simulator"]),
    .executable(name: "explorer", targets: ["explorer"]),
    .executable(name: "simulate", targets: ["simulate"]),
  ],
  targets: [
    // The system's libraries, as they are.
    .systemLibrary(name: "CLDAP", pkgConfig: "ldap"),
    .systemLibrary(name: "CSystemd", pkgConfig: "libsystemd"),
    .systemLibrary(name: "CGetopt"),
    .target(name: "CArguments"),
    .target(name: "CMemory"),
    .target(name: "CWidth"),
    .target(name: "CCurl", linkerSettings: [.linkedLibrary("curl")]),
    .target(name: "CSQLite", linkerSettings: [.linkedLibrary("sqlite3")]),
    .target(name: "CMicroHTTPD", linkerSettings: [.linkedLibrary("microhttpd")]),
    .target(name: "CPhoneNumber", linkerSettings: [.linkedLibrary("phonenumber")]),
    .target(name: "CRE2", linkerSettings: [.linkedLibrary("re2")]),
    .target(name: "CUnicode", linkerSettings: [.linkedLibrary("icuuc"), .linkedLibrary("icui18n")]),
    .target(
      name: "CTOML",
      cxxSettings: [.define("TOML_HEADER_ONLY", to: "0")],
      linkerSettings: [.linkedLibrary("tomlplusplus")]),

    // The modules, from the ground up: each may import those named and no others.
    .target(name: "Text"),
    .target(name: "Domain", dependencies: ["Text"]),
    .target(name: "Platform", dependencies: ["CArguments", "CGetopt", "CMemory", "CWidth", "Text"]),
    .target(name: "LDAP", dependencies: ["CLDAP", "Platform", "Text"]),
    .target(name: "HTTP", dependencies: ["CCurl", "Platform"]),
    .target(name: "CallControl", dependencies: ["HTTP", "Domain", "Text"]),
    .target(name: "Mapping", dependencies: ["LDAP", "Domain", "Platform", "Text", "CPhoneNumber", "CRE2", "CUnicode"]),
    .target(name: "Reconcile", dependencies: ["Domain"]),
    .target(name: "Ledger", dependencies: ["CSQLite", "Domain", "Platform", "Text"]),
    .target(name: "Journal", dependencies: ["CSystemd", "Platform", "Text"]),
    .target(name: "Configuration", dependencies: ["CTOML", "Domain", "Platform", "Text"]),
    .target(
      name: "Directory",
      dependencies: [
        "Configuration", "Domain", "Journal", "LDAP", "Ledger", "Mapping", "Platform", "Reconcile", "Text",
      ]),
    .target(
      name: "Executor",
      dependencies: [
        "CallControl", "Configuration", "Directory", "Domain", "HTTP", "Journal", "Ledger", "Mapping", "Platform",
        "Reconcile",
      ]),
    .target(
      name: "Sync",
      dependencies: [
        "CallControl", "Configuration", "Directory", "Domain", "Executor", "HTTP", "Journal", "LDAP", "Ledger",
        "Mapping", "Platform", "Reconcile", "Text",
      ]),
    .target(
      name: "Service",
      dependencies: [
        "Configuration", "Directory", "Domain", "Executor", "Journal", "LDAP", "Ledger", "Platform", "Sync",
      ]),
    .target(
      name: "CommandLineTool",
      dependencies: [
        "CallControl", "Configuration", "Directory", "Domain", "Executor", "HTTP", "Journal", "LDAP", "Ledger",
        "Mapping", "Platform", "Reconcile", "Service", "Sync", "Text",
      ]),
    .executableTarget(name: "pbxsyncd", dependencies: ["CommandLineTool", "Directory", "Platform", "Sync", "Text"]),
    .target(name: "PBXSimulator"),
    .executableTarget(name: "pbx-simulator", dependencies: ["CMicroHTTPD", "PBXSimulator", "Platform"]),

    // Real slapd, real simulator, free ports and temporary folders for every test.
    .target(name: "TestSupport", dependencies: ["Platform"], path: "Tests/TestSupport"),
    // Every state of small worlds, with the real planner and settlement; its traces are tests.
    .target(name: "Exploration", dependencies: ["Domain", "Reconcile"], path: "Tests/Exploration"),
    .executableTarget(name: "explorer", dependencies: ["Exploration", "Platform"], path: "Tests/Explorer"),
    // Whole runs in one process, with a simulated disk, PBX, directory and clock.
    .target(
      name: "CSimulatedDisk", path: "Tests/CSimulatedDisk", linkerSettings: [.linkedLibrary("sqlite3")]),
    .target(
      name: "Simulation",
      dependencies: [
        "CSimulatedDisk", "CallControl", "Configuration", "Directory", "Domain", "Executor", "HTTP", "Journal", "LDAP",
        "Ledger",
        "PBXSimulator", "Platform", "Sync", "TestSupport", "Text",
      ], path: "Tests/Simulation"),
    .executableTarget(name: "simulate", dependencies: ["Platform", "Simulation"], path: "Tests/Simulate"),
    .testTarget(name: "TextTests", dependencies: ["Text"]),
    .testTarget(name: "DomainTests", dependencies: ["Domain"]),
    .testTarget(name: "PlatformTests", dependencies: ["Platform", "TestSupport"]),
    .testTarget(name: "LDAPTests", dependencies: ["LDAP", "TestSupport"]),
    .testTarget(name: "HTTPTests", dependencies: ["HTTP", "TestSupport"]),
    .testTarget(name: "CallControlTests", dependencies: ["CallControl", "Domain", "HTTP", "TestSupport"]),
    .testTarget(
      name: "MappingTests", dependencies: ["CPhoneNumber", "Mapping", "LDAP", "Domain", "Text"],
      exclude: ["Numbers.tsv"]),
    .testTarget(name: "ReconcileTests", dependencies: ["Reconcile", "Domain", "Exploration", "TestSupport"]),
    .testTarget(
      name: "LedgerTests", dependencies: ["Ledger", "Domain", "Platform", "TestSupport", "Text"], exclude: ["Ledgers"]),
    .testTarget(name: "JournalTests", dependencies: ["Journal", "TestSupport", "Text"]),
    .testTarget(name: "ConfigurationTests", dependencies: ["Configuration", "Domain", "TestSupport"]),
    .testTarget(name: "SimulatorTests", dependencies: ["PBXSimulator", "TestSupport", "pbx-simulator"]),
    .testTarget(
      name: "DirectoryTests",
      dependencies: [
        "Configuration", "Directory", "Domain", "Journal", "LDAP", "Ledger", "Mapping", "Platform", "TestSupport",
        "Text",
      ]),
    .testTarget(
      name: "ExecutorTests",
      dependencies: [
        "CallControl", "Directory", "Domain", "Executor", "HTTP", "Journal", "Ledger", "Platform", "TestSupport",
      ]),
    .testTarget(
      name: "SyncTests",
      dependencies: ["Directory", "Domain", "Executor", "Ledger", "Platform", "Reconcile", "Sync", "TestSupport"]),
    .testTarget(name: "ServiceTests", dependencies: ["Journal", "Service", "Sync"]),
    .testTarget(
      name: "CommandLineToolTests",
      dependencies: [
        "CommandLineTool", "Configuration", "Directory", "Domain", "Executor", "LDAP", "Ledger", "Mapping", "Platform",
        "Reconcile", "Sync", "TestSupport", "Text",
      ]),
    .testTarget(
      name: "EndToEndTests",
      dependencies: [
        "Directory", "Journal", "LDAP", "Ledger", "Platform", "Sync", "TestSupport", "Text", "pbxsyncd",
        "pbx-simulator",
      ]),
  ],
  swiftLanguageModes: [.v6],
  cxxLanguageStandard: .cxx17
)

// Only for scripts/fuzz: libFuzzer brings a main of its own.
if Context.environment["PBXSYNCD_FUZZ"] != nil {
  package.targets += [
    .systemLibrary(name: "CLibFuzzer", path: "Tests/CLibFuzzer"),
    .executableTarget(
      name: "fuzz",
      dependencies: [
        "CLibFuzzer", "CallControl", "CommandLineTool", "Configuration", "Directory", "Domain", "HTTP", "LDAP",
        "Ledger", "Mapping", "Platform", "Reconcile", "Sync", "TestSupport", "Text",
      ],
      path: "Tests/Fuzzing", exclude: ["seeds"]),
  ]
}

// One loop, so that no target can be built with less.
for target in package.targets where target.type != .system {
  target.swiftSettings = settings
  // Each module in Sources says in its README.md what it promises.
  if target.type != .test && target.path == nil { target.exclude.append("README.md") }
}
