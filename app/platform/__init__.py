"""The deployment's own pages and what it does for towns."""
