"""How a command on a plan ends when it cannot be carried out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import typer

from api.cli.check import count_line, print_findings
from api.io.dataset import DatasetError
from api.io.output import OutputError
from api.stored_plan import StoredPlanError
from bom.errors import DataError, OptionError, PlanningError
from planning.editing.tokens import EditTextError
from planning.merge import MergeConflictError
from planning.scenario import ScenarioError

EXIT_WITH_ERRORS = 1
EXIT_USAGE = 2
EXIT_CANNOT_PLAN = 3
_OF_THE_CALL = (DatasetError, EditTextError, OptionError, OutputError, ScenarioError, StoredPlanError)


@contextmanager
def exit_on_error() -> Iterator[None]:
    """Tell errors on standard error and leave with their exit code: 1 data with errors, 2 the call, 3 no plan.

    A conflict of a merge is told by its command.
    """
    try:
        yield
    except DataError as error:
        print_findings(error.findings)
        typer.echo(f"lotwright: {count_line(error.findings).partition(':')[0]}", err=True)
        raise typer.Exit(EXIT_WITH_ERRORS) from error
    except MergeConflictError:
        raise
    except _OF_THE_CALL as error:
        typer.echo(f"lotwright: {error}", err=True)
        raise typer.Exit(EXIT_USAGE) from error
    except PlanningError as error:
        typer.echo(f"lotwright: {error}", err=True)
        raise typer.Exit(EXIT_CANNOT_PLAN) from error
