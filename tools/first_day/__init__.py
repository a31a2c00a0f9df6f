"""The sessions of docs/init.md: from a bare Debian 12 with the package to a dry run."""
