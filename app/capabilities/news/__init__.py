"""News: articles from editors, providers and feeds."""
