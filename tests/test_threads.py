"""Test processes side by side do not take each other's cores."""

from __future__ import annotations

import pytest
from threadpoolctl import threadpool_info


def test_one_of_several_test_processes_computes_on_one_thread(
    pytestconfig: pytest.Config,
) -> None:
    if not hasattr(pytestconfig, "workerinput"):
        pytest.skip("the only test process may take all cores")
    import torch

    assert {pool["num_threads"] for pool in threadpool_info()} == {1}
    assert torch.get_num_threads() == 1
