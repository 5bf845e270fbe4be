"""Workers, messages and servers are taken away in the middle of the work: every job still ends exactly once."""
