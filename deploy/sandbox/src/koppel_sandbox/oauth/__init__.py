"""What the providers with a login in the browser share: its pages, who the client is, where it may send people."""
