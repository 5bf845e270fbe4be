"""The running of the service: what is watched, logged, counted, kept and proved."""
