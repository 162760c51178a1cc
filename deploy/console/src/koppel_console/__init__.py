"""The console: pages for offices and operators, made from what the services answer to the person's own token."""
