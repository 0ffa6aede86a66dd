"""What is different right now, GTFS-Realtime: delays, cancellations, disruptions."""
