"""Published networks computed once more, plainly, from their state dicts; one file a paper."""
