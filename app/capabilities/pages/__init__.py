"""Pages whose text stands still: imprint, privacy, accessibility, and what a town adds."""
