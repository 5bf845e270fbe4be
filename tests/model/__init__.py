"""A city of a few people, played at random against a day-by-day model that has never heard of a plan."""
