"""What people see: layout, components, words for times, colours of a town, static files."""
