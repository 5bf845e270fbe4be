"""The books in the HTTP API."""
