"""Programs for people who have nothing of ours but a bundle."""
