"""SnelStart: keys instead of logins, one administration each."""
