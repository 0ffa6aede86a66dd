"""Warnings in the Common Alerting Protocol 1.2 (OASIS), as the Deutscher Wetterdienst publishes them."""
