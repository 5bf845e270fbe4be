"""Throw-away servers, databases and clients that tests are run against. Nothing here tests anything."""
