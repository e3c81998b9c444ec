"""A venue to practise on: a real HTTP server that speaks the wire format. Shares no code with venues/."""
