"""Mobility (Mobilität): departures, buses that come when called, sharing."""
