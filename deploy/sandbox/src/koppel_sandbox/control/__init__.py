"""`/_sandbox`: the control calls (routes), what their bodies ask for (fields, orders, reset), faults, and the ledger of calls."""
