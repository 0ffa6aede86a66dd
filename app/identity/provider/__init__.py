"""The deployment's own OpenID provider: OpenID Connect Core 1.0 on OAuth 2.1 (code with PKCE, nothing implicit).

Authlib's core decides, and knows neither a database nor an event loop; so each answer has three steps: read what the
question names, let Authlib decide over it (`desk`), write what it decided, all in one transaction.
"""
