"""Long tables for reporting tools: one definition gives columns, rows and the data dictionary."""
