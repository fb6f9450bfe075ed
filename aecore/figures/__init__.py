"""Arrays in, colours, pictures and plotly figures out; nothing of the house is known here."""
