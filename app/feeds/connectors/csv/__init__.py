"""Tables as text (CSV), by a mapping."""
