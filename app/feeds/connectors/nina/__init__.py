"""Warnings of civil protection (Bevölkerungsschutz), as the app NINA shows them."""
