"""Vouchers, what is done with them, and what can be issued, in the HTTP API."""
