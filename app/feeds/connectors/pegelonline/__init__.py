"""Water levels of federal waterways, from PEGELONLINE of the waterways administration (WSV)."""
