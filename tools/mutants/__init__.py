"""Mutation testing: how many small faults in the code the tests find (docs/reliability.md)."""
