"""Pages of the books: periods, transfers, trial balances, jobs."""
