"""Births, deaths, leaving the area, and entries that turn out to be one person."""
