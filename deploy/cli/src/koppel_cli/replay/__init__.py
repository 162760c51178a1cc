"""`koppel replay`: making plans, running them, printing them."""
