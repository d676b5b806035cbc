"""What was sent to each edge, and what it answers. Add what you find."""
