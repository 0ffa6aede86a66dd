"""Feeds: sources that are synced, and the code for each format."""
