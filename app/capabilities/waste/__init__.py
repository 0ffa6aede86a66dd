"""Rubbish: which bin stands at the road when, for each street."""
