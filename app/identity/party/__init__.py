"""The relying party: a village (or the API) that lets an OpenID provider say who somebody is, ours or a foreign one."""
