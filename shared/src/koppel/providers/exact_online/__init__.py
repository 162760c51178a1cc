"""Exact Online, REST API v1: one login covers every division that the person may reach."""
