"""Events: what takes place, from editors and feeds, one row for each date."""
