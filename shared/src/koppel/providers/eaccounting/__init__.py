"""Visma eAccounting, API v2: one login covers one company."""
