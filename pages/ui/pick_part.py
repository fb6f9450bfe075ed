"""Choosing which part of the data is looked at."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from aecore.data.samples import PartName, SampleSet
from pages.ui.data_view import PART_NAMES

UNSEEN = "The model has learnt from the training part; it has never seen the test part."


def pick_part(
    page: str,
    samples: SampleSet,
    help: str = UNSEEN,
    offered: Sequence[PartName] = ("test", "val", "train"),
) -> PartName:
    """Draw the choice in the open container; a part that holds samples, the first at first.

    Parameters
    ----------
    page
        Names the widget.
    offered
        In this order; those without a sample are left out.
    """
    parts = [part for part in offered if len(samples.parts[part])]
    part = st.segmented_control(
        "Part",
        parts,
        format_func=PART_NAMES.__getitem__,
        default=parts[0],
        required=True,
        key=f"{page}.part",
        bind="query-params",
        help=help,
    )
    return part if part in parts else parts[0]
