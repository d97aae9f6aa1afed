"""From a plan to a schedule of its near term, and back."""
