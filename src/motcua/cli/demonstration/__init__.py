"""One day of the state, played over HTTP as those people would live it."""
