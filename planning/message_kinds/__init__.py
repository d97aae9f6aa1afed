"""The kinds of exception messages: for each, when it is given and what it says."""
