"""Wikidata: what is known about a municipality."""
