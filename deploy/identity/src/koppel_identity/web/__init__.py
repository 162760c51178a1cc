"""What is served: metadata and keys, tokens, and the pages of a login.

`app`: the routes; `guard`: who may call at all, and what every answer carries; `forms`: bodies; `metadata`: discovery and keys;
`authorize`: where a login begins in a browser; `login`: its pages; `device`: where one begins on a command line; `tokens`: the
token endpoint; `sessions`: userinfo, revocation and logging out; `pages`: templates; `texts`: their words in two languages;
`fields`: what people type.
"""
