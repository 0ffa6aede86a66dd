"""RSS 0.9x, 1.0 (RDF) and 2.0, Atom, JSON Feed."""
