"""Vacancies from the town and its companies."""
