"""Pages of those who look after a force's settings, rules, events, accounts, keys, webhooks, audit and runs."""
