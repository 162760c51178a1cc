"""Server time of every screen of the console, with many administrations, beside the calls that it makes."""
