"""Timetables, GTFS Schedule: a zip file of tables, read as a stream and cut to a region."""
