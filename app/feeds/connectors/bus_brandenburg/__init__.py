"""Administrative services from the register of Brandenburg (BUS)."""
