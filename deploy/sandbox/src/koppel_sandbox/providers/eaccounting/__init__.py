"""eAccounting: one login covers one company."""
