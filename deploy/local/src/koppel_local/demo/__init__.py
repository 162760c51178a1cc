"""`koppel demo`: the main job, step by step, through public HTTP calls, login forms and events only."""
