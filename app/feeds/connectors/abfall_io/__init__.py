"""Collection days from Abfall.IO (AbfallPlus)."""
