"""Scenario files: small YAML stories of who lives where, what happens and what must come out (docs/scenarios.md)."""
