"""The OpenID Connect issuer of a Koppel on one's own machine: whoever reaches it may be anybody, so it is on loopback only.

`main`: options, and serving; `issuer`: the tokens; `signing`: the key; `claims`: what tokens say of a person; `clients`: who may
ask; `login`: who is being logged in, and at what; `instants`: the clock; `web/`: what is served; `store/`: what outlives a
restart; `directory/`: organisations and their people.
"""
