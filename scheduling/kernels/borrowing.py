"""Arrays that a kernel lends to the functions that it calls, without counting who holds them."""

from __future__ import annotations

from typing import Any, TypeVar

from numba import config
from numba.core import cgutils
from numba.extending import intrinsic

T = TypeVar("T")


def _uncounted(arrays: T) -> T:
    """Return a tuple of arrays whose references compiled code does not count.

    Compiled code counts the references to every array of a tuple at each call that it hands it to and at each return,
    by atomic operations: for 18 arrays and calls four deep more than 100 for one operation, a fourth of all time. The
    caller holds the arrays as long as it uses what is returned.
    """
    return arrays


def _compiled(context: Any, arrays: Any) -> Any:  # noqa: ARG001
    """Return the type and the code of the above: the same arrays with no owner."""

    def without_owners(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        lent = values[0]
        for at, kind in enumerate(signature.args[0].types):
            one = cgutils.create_struct_proxy(kind)(context, builder, value=builder.extract_value(lent, at))
            one.meminfo = cgutils.get_null_value(one.meminfo.type)
            one.parent = cgutils.get_null_value(one.parent.type)
            lent = builder.insert_value(lent, one._getvalue(), at)
        return lent

    return arrays(arrays), without_owners


uncounted = _uncounted if config.DISABLE_JIT else intrinsic(_compiled)
