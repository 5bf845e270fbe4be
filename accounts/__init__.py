"""People and places: users, authorities, districts, residents and where they lived."""
