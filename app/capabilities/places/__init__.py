"""Places, tours and facts about the municipality."""
