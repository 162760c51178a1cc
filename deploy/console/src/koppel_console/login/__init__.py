"""Logging in at the issuer by OpenID Connect: authorization code with PKCE.

`issuer`: its documents and token calls; `rounds`: what binds a login to the browser that began it; `routes`: the pages of it;
`renewal`: an access token that ends is replaced.
"""
