"""Readings of pumps, made by us: what belongs together is known, and so is every planted fault."""

from __future__ import annotations

from typing import Any

import numpy as np

N_ROWS = 4000
FAULTS = ("bearing", "leak", "stuck thermometer", "wrong current", "cavitation")
"""Kinds of planted faults; each is as frequent."""
FAULT_SHARE = 0.05
COLUMN_KINDS = {"anomaly": "anomaly", "fault": "left_out"}
"""How the table is read where nobody asks for anything else."""
_HOUR_S = 3600
_FIRST_S = 1_735_689_600  # 2025-01-01
_MACHINES = ("P-101", "P-102", "P-201")
_SIZE = np.array([1.0, 1.15, 0.8])
"""Of each machine: how much it pumps, and draws, at the same speed."""


def readings(n_rows: int = N_ROWS, seed: int = 0) -> Any:
    """A table of hourly readings of three pumps, a DataFrame of `n_rows` rows.

    Speed and valve set flow and pressure (affinity laws: flow grows with speed, pressure with its
    square, power with its cube); power sets current, heat and vibration. A fault breaks one of
    these relations, while each number alone stays one that a healthy pump may show.

    Columns `anomaly` (0 or 1) and `fault` (its kind, "healthy" else) tell the planted faults.
    """
    import pandas as pd

    draw = np.random.default_rng(seed)
    machine = draw.integers(len(_MACHINES), size=n_rows)
    size = _SIZE[machine]
    hour = np.arange(n_rows)
    load = np.clip(
        0.62 + 0.22 * np.sin(2 * np.pi * (hour % 24 - 9) / 24) + draw.normal(0, 0.1, n_rows), 0.2, 1
    )
    valve = np.clip(draw.beta(5, 2, n_rows), 0.2, 1.0)  # share open
    season = 11 + 9 * np.sin(2 * np.pi * hour / (24 * 365) - 1.9)
    ambient = season + 4 * np.sin(2 * np.pi * (hour % 24 - 10) / 24) + draw.normal(0, 1.5, n_rows)
    speed = 900 + 2050 * load + draw.normal(0, 12, n_rows)
    fast = speed / 2950
    flow = 118 * size * fast * (0.35 + 0.65 * valve) + draw.normal(0, 1.2, n_rows)
    pressure = 7.4 * fast**2 * (1.35 - 0.5 * valve) + draw.normal(0, 0.07, n_rows)
    power = 3 + 27 * size * fast**3 * (0.5 + 0.5 * valve) + draw.normal(0, 0.35, n_rows)
    current = 1.93 * power + 4 + draw.normal(0, 0.5, n_rows)
    winding = ambient + 14 + 1.45 * power + draw.normal(0, 1.1, n_rows)
    bearing = ambient + 9 + 17 * fast + 0.45 * power + draw.normal(0, 0.9, n_rows)
    vibration = 0.7 + 2.1 * fast**2 + draw.gamma(3, 0.06, n_rows)
    noise = 58 + 19 * fast + 0.8 * vibration + draw.normal(0, 0.7, n_rows)

    fault = np.full(n_rows, -1)
    is_odd = draw.random(n_rows) < FAULT_SHARE
    fault[is_odd] = draw.integers(len(FAULTS), size=int(is_odd.sum()))
    much = draw.uniform(0.6, 1.4, n_rows)
    of = {name: fault == i for i, name in enumerate(FAULTS)}
    vibration = np.where(of["bearing"], vibration + 1.3 * much, vibration)
    bearing = np.where(of["bearing"], bearing + 9 * much, bearing)
    flow = np.where(of["leak"], flow * (1 - 0.22 * much), flow)
    pressure = np.where(of["leak"], pressure * (1 - 0.18 * much), pressure)
    stuck = draw.choice(winding, n_rows)  # what it showed at another hour
    stuck += 8 * np.sign(stuck - winding)
    winding = np.where(of["stuck thermometer"], stuck, winding)
    current = np.where(of["wrong current"], current * (1 + 0.3 * much), current)
    pressure = np.where(of["cavitation"], pressure * (1 - 0.2 * much), pressure)
    noise = np.where(of["cavitation"], noise + 5 * much, noise)

    is_serviced = draw.random(n_rows) < 0.3
    table = pd.DataFrame(
        {
            "time": pd.to_datetime(_FIRST_S + _HOUR_S * hour, unit="s").strftime("%Y-%m-%d %H:%M"),
            "machine": np.array(_MACHINES)[machine],
            "serviced": np.where(is_serviced, "yes", "no"),
            "ambient_C": ambient.round(1),
            "valve_percent": (100 * valve).round(),
            "speed_rpm": speed.round(),
            "flow_m3_h": flow.round(1),
            "pressure_bar": pressure.round(2),
            "power_kW": power.round(1),
            "current_A": current.round(1),
            "winding_C": winding.round(1),
            "bearing_C": bearing.round(1),
            "vibration_mm_s": vibration.round(2),
            "noise_dB": noise.round(1),
        }
    )
    table.loc[draw.random(n_rows) < 0.01, "noise_dB"] = np.nan  # its microphone fails at times
    table["fault"] = np.array([*FAULTS, "healthy"])[fault]
    table["anomaly"] = is_odd.astype(int)
    return table
