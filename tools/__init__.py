"""What tests, measures and shows pbxsyncd from outside. It shares no code with pbxsyncd. The commands are in `scripts/`.

- `servers`: starts slapd and the other directories, the simulated PBX, and pbxsyncd with a configuration
- `directories`: the suite of cases that every directory must pass (`scripts/test directories`)
- `faults`: the campaign of faults, flipped bits and restored PBXs, with their checker (`scripts/faults`)
- `bench`: what runs, changes and the idle daemon cost (`scripts/bench`)
- `systemd`: the package in a Debian that boots (`scripts/test systemd`)
- `first_day`: from a bare Debian with the package to a dry run, which writes docs/init.md (`python3 -m tools.first_day`)
- `demo`: a sample company (`scripts/demo`)
- `pictures`: captures of commands and pictures of the report page (`python3 -m tools.pictures`)
- `numbers`: the table of telephone numbers for the tests of Mapping (`python3 -m tools.numbers`)
"""
