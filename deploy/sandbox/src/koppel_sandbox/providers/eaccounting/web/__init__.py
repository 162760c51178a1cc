"""What eAccounting answers over HTTP."""
