"""How many people there will be, how many posts the targets need, and what calls that need not come cost."""
