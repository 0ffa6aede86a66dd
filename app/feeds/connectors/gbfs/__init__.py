"""Shared bicycles, scooters and cars, GBFS 2.x and 3.x."""
