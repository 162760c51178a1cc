"""Events that could not be applied: where they wait, who tries them again, what an operator does about them.

`store`: parked and held events as rows; `cause`: why an event waits, read off an error; `queries`: what operators are shown.
`locked`: one parked event under its stream's lock: tried again, given up, resolved. `retry`: the job that does it when due.
`commands`: an operator's retry and discard of one; `releases`: many are tried again, in steps; `release`: such an act as it
is kept; `selector`: which ones are meant.
`dry_run`: what a retry would do now, rolled back. `gaps`: missing versions are asked for, and given up after a while.
"""
