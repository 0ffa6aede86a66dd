"""The flood situation at gauges, from the public interface of the states' flood centres (LHP)."""
