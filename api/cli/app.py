"""The console command ``lotwright`` and its subcommands."""

from __future__ import annotations

import typer

from api.cli.apply_messages import apply_messages
from api.cli.bom import bom_app
from api.cli.buffers import buffers
from api.cli.capacity import EPILOG as CAPACITY_EPILOG
from api.cli.capacity import capacity
from api.cli.check import check
from api.cli.clear_to_build import clear_to_build
from api.cli.closed_loop import EPILOG as CLOSED_LOOP_EPILOG
from api.cli.closed_loop import closed_loop
from api.cli.constrain import EPILOG as CONSTRAIN_EPILOG
from api.cli.constrain import constrain
from api.cli.database import db_app
from api.cli.explain import explain
from api.cli.keys import keys_app
from api.cli.late import late
from api.cli.level import EPILOG as LEVEL_EPILOG
from api.cli.level import level
from api.cli.lot_sizing import lot_sizing_app
from api.cli.master_schedule import EPILOG as MASTER_SCHEDULE_EPILOG
from api.cli.master_schedule import master_schedule
from api.cli.peg import peg
from api.cli.plan import EPILOG, plan
from api.cli.profiles import profiles
from api.cli.safety_stock import safety_stock_app
from api.cli.scenario import scenario_app
from api.cli.schedule import EPILOG as SCHEDULE_EPILOG
from api.cli.schedule import schedule
from api.cli.serve import EPILOG as SERVE_EPILOG
from api.cli.serve import serve
from api.cli.solve import solve
from api.cli.what_if import EPILOG as WHAT_IF_EPILOG
from api.cli.what_if import compare_command, what_if_command

app = typer.Typer(
    name="lotwright", no_args_is_help=True, add_completion=False, help="Plan material from an ERP's tables."
)
app.command(epilog=EPILOG)(plan)
app.command("apply-messages")(apply_messages)
app.command(epilog=CAPACITY_EPILOG)(capacity)
app.command()(check)
app.command()(explain)
app.command()(peg)
app.command()(late)
app.command("clear-to-build")(clear_to_build)
app.command()(profiles)
app.command(epilog=LEVEL_EPILOG)(level)
app.command(epilog=CONSTRAIN_EPILOG)(constrain)
app.command(epilog=SCHEDULE_EPILOG)(schedule)
app.command("closed-loop", epilog=CLOSED_LOOP_EPILOG)(closed_loop)
app.command("master-schedule", epilog=MASTER_SCHEDULE_EPILOG)(master_schedule)
app.command()(buffers)
app.command()(solve)
app.command("what-if", epilog=WHAT_IF_EPILOG)(what_if_command)
app.command("compare", epilog=WHAT_IF_EPILOG)(compare_command)
app.command(epilog=SERVE_EPILOG)(serve)
app.add_typer(bom_app, name="bom")
app.add_typer(db_app, name="db")
app.add_typer(keys_app, name="keys")
app.add_typer(lot_sizing_app, name="lot-sizing")
app.add_typer(safety_stock_app, name="safety-stock")
app.add_typer(scenario_app, name="scenario")
