"""The actions room: what the daily meeting decided to do, kept until it is done."""
