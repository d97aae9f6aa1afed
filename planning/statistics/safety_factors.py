"""Safety stock by formula: for a cycle service level or a fill rate, when demand and lead time vary."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import elementwise
from scipy.stats import norm

_LOWEST_FACTOR, _HIGHEST_FACTOR = -10.0, 40.0

Floats = NDArray[np.float64]


def lead_time_demand_deviation(
    lead_time_days: Floats, lead_time_deviation_days: Floats, daily_demand: Floats, daily_demand_deviation: Floats
) -> Floats:
    """Return the standard deviation of the demand during the lead time.

    Parameters
    ----------
    lead_time_days, lead_time_deviation_days
        float64, shape (n,): mean and standard deviation of the lead time.
    daily_demand, daily_demand_deviation
        float64, shape (n,): mean and standard deviation of the demand of one day.

    Notes
    -----
    sqrt(L s_d^2 + d^2 s_L^2): the days' demands are independent of each other and of the lead time. Chopra, S. and
    Meindl, P.: Supply Chain Management, the chapter on safety inventory.

    Examples
    --------
    >>> one = lead_time_demand_deviation(np.array([3.0]), np.array([2.0]), np.array([5.0]), np.array([0.0]))
    >>> one.tolist()
    [10.0]
    """
    variance = lead_time_days * daily_demand_deviation**2 + (daily_demand * lead_time_deviation_days) ** 2
    root: Floats = np.sqrt(variance)
    return root


def service_level_factors(service_levels: Floats) -> Floats:
    """Return how many standard deviations it takes so that a replenishment cycle ends without a shortage.

    Parameters
    ----------
    service_levels
        float64, shape (n,): the chance of a cycle without shortage, between 0 and 1.

    Examples
    --------
    >>> service_level_factors(np.array([0.5, 0.95])).round(4).tolist()
    [0.0, 1.6449]
    """
    factors: Floats = norm.ppf(service_levels)
    return factors


def expected_shortage(factors: Floats) -> Floats:
    """Return the expected shortage of a cycle in standard deviations: the standard normal loss function.

    Examples
    --------
    >>> expected_shortage(np.array([0.0, 1.0])).round(4).tolist()
    [0.3989, 0.0833]
    """
    losses: Floats = norm.pdf(factors) - factors * norm.sf(factors)
    return losses


def fill_rate_factors(fill_rates: Floats, order_quantities: Floats, deviations: Floats) -> Floats:
    """Return how many standard deviations it takes so that a part of the demand is served from stock.

    Parameters
    ----------
    fill_rates
        float64, shape (n,): the part of the demand that is served from stock, between 0 and 1.
    order_quantities
        float64, shape (n,): the mean order, which is the demand of a cycle.
    deviations
        float64, shape (n,): standard deviation of the demand during the lead time.

    Returns
    -------
    numpy.ndarray
        float64, shape (n,); 0 where nothing varies, and where the lot alone gives the fill rate.

    Notes
    -----
    Solves deviation x loss(k) = (1 - fill rate) x order quantity. Chopra and Meindl, the chapter on safety inventory.

    Examples
    --------
    >>> fill_rate_factors(np.array([0.95614]), np.array([1000.0]), np.array([212.132])).round(3).tolist()
    [0.471]
    """
    factors = np.zeros(fill_rates.shape[0])
    wanted = (1.0 - fill_rates) * order_quantities
    loss = np.divide(wanted, deviations, out=np.full_like(factors, np.inf), where=deviations > 0)
    is_needed = loss < expected_shortage(np.zeros(1))[0]
    loss = np.maximum(loss[is_needed], 1e-12)
    if loss.size:
        bracket = (np.full_like(loss, _LOWEST_FACTOR), np.full_like(loss, _HIGHEST_FACTOR))
        factors[is_needed] = elementwise.find_root(
            lambda k, wanted: expected_shortage(k) - wanted, bracket, args=(loss,)
        ).x
    return factors
