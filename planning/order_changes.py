"""The planned orders that are not the same in two plans, as arrays and as a table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from planning.arrays import PlanningModel
from planning.codes import NO_CODE, dates_of
from planning.comparison_tables import CHANGE_KINDS, ORDER_CHANGES
from planning.fences import fence_days
from planning.ids import join_ids
from planning.kernels.comparing import NO_ORDER, describe_changes
