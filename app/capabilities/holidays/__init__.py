"""Public holidays of the state and school holidays."""
