"""What the identities of a plan compare with, recomputed from its tables alone."""
