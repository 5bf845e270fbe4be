"""Many clients at once, with real connections and real commits, on both engines."""
