"""The pacesetter room: the daily meeting's one page: yesterday, the risk ahead, who is on, what is to be done."""
