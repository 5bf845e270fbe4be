"""The verbs of people and places."""
