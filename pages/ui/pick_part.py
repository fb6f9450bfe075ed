"""Choosing which part of the data is looked at."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from aecore.data.samples import PartName, SampleSet
from pages.ui.samples import PART_NAMES
from pages.ui.translation import _, mark
from pages.ui.url_state import choice

UNSEEN = mark("The model was trained on the training part; it has never seen the test part.")


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
    parts = {part: PART_NAMES[part] for part in offered if len(samples.parts[part])}
    return choice(_("Part"), parts, f"{page}.part", widget=st.segmented_control, help=help)
