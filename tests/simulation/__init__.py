"""A seeded year of a whole city through the services, and the fingerprint of what comes out."""
