"""Who bears nights, weekends, bank holidays and changes at short notice, and why."""
