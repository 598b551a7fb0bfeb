"""What time, temperature and use do to a cell: retention, endurance."""
