"""Buses that come when called, GTFS-Flex: where, when, and how to order one."""
