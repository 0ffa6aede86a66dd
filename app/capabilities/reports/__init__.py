"""Defects that were reported to the town."""
