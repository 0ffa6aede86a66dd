"""Forecasts for points (MOSMIX) of the Deutscher Wetterdienst."""
