"""The council: meetings and papers."""
