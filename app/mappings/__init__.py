"""The mappings room: profiles by which any telephony's files are read as call history."""
