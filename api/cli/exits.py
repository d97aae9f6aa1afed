"""How a command ends when it cannot be carried out: what it says on standard error, and its exit code."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import typer

from api.cli.check import count_line, print_findings
from api.io.dataset import DatasetError
from api.io.output import OutputError
from api.stored_plan import StoredPlanError
from bom.errors import DataError, OptionError, PlanningError
from bom.graph import CycleError
from planning.editing.tokens import EditTextError
from planning.merge import MergeConflictError
from planning.scenario import ScenarioError

EXIT_WITH_ERRORS = 1
EXIT_USAGE = 2
EXIT_CANNOT_PLAN = 3
_OF_THE_CALL = (DatasetError, EditTextError, OptionError, OutputError, ScenarioError, StoredPlanError)


def leave(error: Exception, code: int, told: str | None = None) -> NoReturn:
    """Tell an error, or what is told of it, in one line and leave with an exit code."""
    typer.echo(f"lotwright: {told or error}", err=True)
    raise typer.Exit(code) from error


@contextmanager
def exit_on_error() -> Iterator[None]:
    """Leave a command that asks on an error of the engine, in one line: 1 data with errors, 2 the call."""
    try:
        yield
    except DataError as error:
        leave(error, EXIT_WITH_ERRORS, f"{error}; lotwright check lists all")
    except CycleError as error:
        leave(error, EXIT_WITH_ERRORS)
    except PlanningError as error:
        leave(error, EXIT_USAGE)


@contextmanager
def exit_without_plan(advises_quarantine: bool = False) -> Iterator[None]:
    """Leave a command that plans on an error: 1 data with errors, all of them printed, 2 the call, 3 no plan.

    A conflict of a merge is told by its command.
    """
    try:
        yield
    except DataError as error:
        print_findings(error.findings)
        counted = count_line(error.findings)
        leave(error, EXIT_WITH_ERRORS, counted if advises_quarantine else counted.partition(":")[0])
    except MergeConflictError:
        raise
    except _OF_THE_CALL as error:
        leave(error, EXIT_USAGE)
    except PlanningError as error:
        leave(error, EXIT_CANNOT_PLAN)
