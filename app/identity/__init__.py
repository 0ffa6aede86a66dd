"""Who somebody is and what they may do: accounts, the OpenID provider and relying party, sessions, rights."""
