"""The HTTP API's common ground, and its people and places."""
