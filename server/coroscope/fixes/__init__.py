"""Repairs: small text edits, and structural rewrites of one definition."""
