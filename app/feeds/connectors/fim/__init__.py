"""Federal texts of administrative services from the FIM portal."""
