"""Administrative services by region from the PVOG search service."""
