"""The pages of residents, clerks and administrators."""
