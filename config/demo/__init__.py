"""The demonstration city: a year of synthetic people, played through the same services as everything else."""
