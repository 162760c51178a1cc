"""The whole stack as one thing: up, down, status.

`stack`: what can be done with it. `launch`: in which order parts start. `lock`: one launcher at a time.
`layout`: where state lies and which parts there are; `parts`: those of one stack; `servers`: a server of our own or a given one.
`environment`: the variables that parts get; `external_servers`: servers that somebody else runs. `migrations`, `status`.
"""
