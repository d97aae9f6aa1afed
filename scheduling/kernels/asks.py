"""What is asked for while demands are promised: one row, and the phases that it goes through."""

from __future__ import annotations

import numpy as np

# What is asked for next: another demand or node; a safety stock of the node; all of a demand that may be split; what of
# it can be had in time; a part on its day, on the day that was found, and once more without that day.
NEXT, FLOOR, UNSPLIT, HALF, PART, LATER, AGAIN = range(7)

# ``at`` is the place in the sequence, ``event`` that of the next event of a node, ``balance`` what it has. ``quantity``
# is asked for by ``by``, and ``rest`` after it. ``low`` and ``high``: so much is in time, and is not.
ASK_DTYPE = np.dtype(
    [
        ("phase", np.int64),
        ("at", np.int64),
        ("event", np.int64),
        ("want", np.int64),
        ("by", np.int64),
        ("place", np.int64),
        ("first_taken", np.int64),
        ("first_promise", np.int64),
        ("halvings", np.int64),
        ("is_taking", np.bool_),
        ("takes_lots", np.bool_),
        ("is_spoiled", np.bool_),
        ("balance", np.float64),
        ("quantity", np.float64),
        ("rest", np.float64),
        ("low", np.float64),
        ("high", np.float64),
    ],
    align=True,
)
