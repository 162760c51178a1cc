"""What the services answer to the person's own token.

`calls`: HTTP to the four services, each with a time limit; `panel`: an answer with its own "stand", also when it is an old one or none;
`remembered`: the last good answers; `problem`: why something did not work.
"""
