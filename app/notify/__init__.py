"""What the platform tells people: mails, worded and delivered."""
