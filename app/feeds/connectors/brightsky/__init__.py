"""Forecasts of the Deutscher Wetterdienst from a Bright Sky server, as JSON."""
