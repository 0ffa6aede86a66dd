"""Warnings and the weather."""
