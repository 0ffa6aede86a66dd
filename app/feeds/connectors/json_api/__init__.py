"""Any JSON that holds a list of things, by a mapping."""
