"""The register of charging stations of the Bundesnetzagentur (Ladesäulenregister)."""
