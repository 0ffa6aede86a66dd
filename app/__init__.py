"""Smart Village: one deployment, many villages."""
