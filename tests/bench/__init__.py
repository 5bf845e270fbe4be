"""Speed and memory as ratios to a limit measured in the same run: ``make bench``. Never a timed test."""
