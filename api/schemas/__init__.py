"""What the routes take and give, one module per resource."""
