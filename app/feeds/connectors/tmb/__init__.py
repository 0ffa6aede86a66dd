"""Events and places of the tourism association of Brandenburg (TMB)."""
