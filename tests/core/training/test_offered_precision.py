"""The precision that is offered first: bfloat16 where it is faster, float32 everywhere else."""

from __future__ import annotations

import sys

import pytest

from aecore.specs.codes import GaussianCodeSpec
from aecore.specs.run import NetworkSpec, RunSpec
from aecore.specs.terms import AdversarialImageSpec, MseSpec
from aecore.training import precision
from aecore.training.device import fast_on_cpu
from aecore.training.precision import multiplies_bfloat16, offered_precision
from tests.core.conftest import SOME_DATA

CONV = NetworkSpec(kind="conv", widths=(32, 64), output="linear")
COLOUR = (3, 32, 32)


def _spec(**settings: object) -> RunSpec:
    return RunSpec.of(data=SOME_DATA, **settings)


@pytest.fixture
def with_bfloat16(tmp_path, monkeypatch):
    about = tmp_path / "cpuinfo"
    about.write_text("processor\t: 0\nflags\t\t: fpu sse2 avx512_bf16 avx2\n")
    monkeypatch.setattr(precision, "multiplies_bfloat16", lambda: multiplies_bfloat16(about))
    monkeypatch.setattr(precision, "_GPU", ())


@pytest.mark.parametrize(
    ("flags", "wanted"), [("fpu avx512_bf16", True), ("fpu amx_bf16", True), ("fpu avx512f", False)]
)
def test_the_processor_is_read_off_its_flags(tmp_path, flags, wanted):
    about = tmp_path / "cpuinfo"
    about.write_text(f"processor\t: 0\nflags\t\t: {flags}\n")
    assert multiplies_bfloat16(about) is wanted


def test_an_unknown_processor_is_taken_not_to_multiply_it(tmp_path):
    assert not multiplies_bfloat16(tmp_path / "nothing")


@pytest.mark.skipif(sys.platform != "linux", reason="the flags are those of Linux")
def test_the_flags_say_what_torch_says():
    assert multiplies_bfloat16() == fast_on_cpu()


@pytest.mark.usefixtures("with_bfloat16")
def test_convolutions_of_photographs_are_offered_bfloat16_with_the_reason():
    found, why = offered_precision(_spec(network=CONV), COLOUR)
    assert found == "bf16"
    assert "1.35 to 1.76" in why


@pytest.mark.usefixtures("with_bfloat16")
@pytest.mark.parametrize(
    ("settings", "shape"),
    [
        ({"network": CONV}, (1, 28, 28)),
        ({"network": NetworkSpec(widths=(128, 64))}, COLOUR),
        ({"network": NetworkSpec(kind="linear", widths=())}, COLOUR),
        (
            {
                "network": CONV,
                "code": GaussianCodeSpec(),
                "objective": (MseSpec(), AdversarialImageSpec()),
            },
            COLOUR,
        ),
    ],
)
def test_what_gains_little_stays_in_float32(settings, shape):
    assert offered_precision(_spec(**settings), shape) == ("float32", "")


@pytest.mark.usefixtures("with_bfloat16")
def test_where_a_gpu_is_nothing_was_measured(tmp_path, monkeypatch):
    monkeypatch.setattr(precision, "_GPU", (tmp_path,))
    assert offered_precision(_spec(network=CONV), COLOUR) == ("float32", "")
