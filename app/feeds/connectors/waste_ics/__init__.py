"""Collection days of rubbish from calendars in the iCalendar format."""
