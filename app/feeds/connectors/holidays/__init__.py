"""School holidays and public holidays of OpenHolidays, as CSV or JSON."""
