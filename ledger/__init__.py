"""Who owes whom: accounts, transfers, months, settlement and the jobs that do long work."""
