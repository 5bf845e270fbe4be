"""A month as an authority is shown it, in every form, and what it answers."""
