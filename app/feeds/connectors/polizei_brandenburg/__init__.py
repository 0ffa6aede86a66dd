"""News of the police of Brandenburg, from the JSON interface behind its app."""
