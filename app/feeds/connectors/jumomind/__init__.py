"""Collection days from the service of Jumomind."""
