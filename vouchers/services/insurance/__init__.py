"""Use cases of social insurance. Each records a fact, then books what is missing."""
