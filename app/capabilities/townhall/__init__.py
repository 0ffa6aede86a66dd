"""The town hall: services, and the offices responsible for them."""
