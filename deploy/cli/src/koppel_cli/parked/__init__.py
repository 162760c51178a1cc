"""`koppel parked`: listing parked events, retrying and discarding them."""
