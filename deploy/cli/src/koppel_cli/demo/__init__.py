"""`koppel demo`: the main job before one's eyes, through public HTTP calls, login forms and events only."""
