"""The modules' tests under AddressSanitizer (docs/reliability.md)."""
