"""Why a demand comes late, from its own item down: written before what was tried is taken back."""

from __future__ import annotations

from bom.kernels.inner import uncounted
from planning.kernels.netting_arrays import ALWAYS, NEVER
from scheduling.kernels.constraining_arrays import ABSENT, N_REASONS, NONE, Cause, FreeKind, ShopState, whole

_ALWAYS, _NEVER, _NONE, _ABSENT, _REASONS = int(ALWAYS), int(NEVER), int(NONE), int(ABSENT), N_REASONS
_COMPONENT, _WAITS = int(Cause.COMPONENT), int(Cause.WAITS_FOR_SUPPLY)
_PLANNED_ORDER = int(FreeKind.PLANNED_ORDER)


@uncounted
def write_reason(
    state: ShopState, want: int, step: int, node: int, cause: int, need: int, day: int, quantity: float
) -> int:
    """Write one step of a reason; return its place."""
    n = state.sizes[_REASONS]
    if n >= state.reasons.shape[0]:
        state.answer[0].is_full = True
        return 0
    row = state.reasons[n]
    row.want, row.step, row.node, row.cause, row.need, row.day = want, step, node, cause, need, day
    row.quantity, row.center, row.full_from, row.full_to = quantity, _NONE, _ALWAYS, _ALWAYS
    row.missing_minutes, row.supply_kind, row.source = 0.0, _NONE, _NONE
    state.sizes[_REASONS] = n + 1
    return whole(n)


@uncounted
def write_reasons(state: ShopState, want: int) -> None:
    """Write why the last request came late: from the demand down to what it waits for."""
    answer, room = state.answer[0], state.frames.shape[0] // 2
    if answer.day == _NEVER:
        for k in range(answer.depth + 1):
            frame = state.frames[room + k]
            cause = answer.cause if k == answer.depth else _COMPONENT
            write_reason(state, want, k, whole(frame.node), whole(cause), whole(frame.by), _ABSENT, frame.missing)
        return
    supply, step, need = answer.critical, 0, whole(state.wants[want].day)
    while supply != _NONE and step < room:
        row = state.supplies[supply]
        if row.kind != _PLANNED_ORDER or row.source < state.marks[state.marks.shape[0] - 1, 0, 1]:
            n = write_reason(state, want, step, whole(row.node), _WAITS, need, whole(row.day), row.quantity)
            state.reasons[n].supply_kind, state.reasons[n].source = row.kind, row.source
            if row.kind == _PLANNED_ORDER and state.orders[row.source].joined != _NONE:
                state.reasons[n].quantity = state.orders[state.orders[row.source].joined].quantity
            return
        made = state.orders[row.source]
        n = write_reason(
            state,
            want,
            step,
            whole(row.node),
            whole(made.cause),
            whole(made.wanted_due),
            whole(made.due),
            made.quantity,
        )
        reason = state.reasons[n]
        reason.center, reason.full_from, reason.full_to = made.center, made.full_from, made.full_to
        reason.missing_minutes = made.missing_minutes
        need = whole(made.effective)
        supply = made.critical if made.cause == _COMPONENT else _NONE
        step += 1
