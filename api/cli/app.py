"""The console command ``lotwright`` and its subcommands."""

from __future__ import annotations

import typer

from api.cli.bom import bom_app
from api.cli.check import check
from api.cli.explain import explain
from api.cli.plan import EPILOG, plan
from api.cli.safety_stock import safety_stock_app

app = typer.Typer(
    name="lotwright", no_args_is_help=True, add_completion=False, help="Plan material from an ERP's tables."
)
app.command(epilog=EPILOG)(plan)
app.command()(check)
app.command()(explain)
app.add_typer(bom_app, name="bom")
app.add_typer(safety_stock_app, name="safety-stock")
