"""Orders to banks, statements from banks, and what follows from them for the books."""
