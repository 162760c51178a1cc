"""`make containers`: the images and the compose file, started and used as docs/operating.md says.

`engine` finds the engine, or starts one of Debian's packages in namespaces of its own (`own_engine`, `own_engine.sh`);
`images` builds, with stand-ins for what no registry gives (`stand_ins/`); `compose` speaks to the compose file; `story` is
what is done with it, in the order of an operator's life, one module a chapter.
"""
