"""OpenStreetMap by way of the Overpass API."""
