"""Who publishes in a village: the town hall, clubs, companies."""
