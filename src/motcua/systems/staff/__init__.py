"""Officers and offices, kept by the people who answer for them: who works where, since when, by which paper."""
