"""What a person has decided, as immutable values, and the store that keeps their history; no browser comes in here."""
