"""Pictures of a town: what is taken, made anew, kept and served."""
