"""The danger of forest fire in the districts of Brandenburg (Waldbrandgefahrenstufen), from the police's interface."""
