"""The specs by the kinds that their keys begin with."""

from __future__ import annotations

from typing import Any

from aecore.errors import SpecError
from aecore.specs.base import Spec
from aecore.specs.data import DataSpec, PictureSpec
from aecore.specs.maps import MapSpec
from aecore.specs.photos import PhotoSpec, RepairSpec, RestoreSpec, UncertaintySpec
from aecore.specs.run import RunSpec
from aecore.specs.studies import (
    AnomalySpec,
    CodesSpec,
    DenoiseSpec,
    EvaluationSpec,
    FeaturesSpec,
    RecommendSpec,
    ScoresSpec,
    SearchSpec,
    SimilarSpec,
    TrustSpec,
)

SPECS: dict[str, type[Spec]] = {
    spec.kind: spec
    for spec in (
        DataSpec,
        RunSpec,
        CodesSpec,
        MapSpec,
        TrustSpec,
        DenoiseSpec,
        ScoresSpec,
        EvaluationSpec,
        FeaturesSpec,
        AnomalySpec,
        RecommendSpec,
        SearchSpec,
        SimilarSpec,
        PictureSpec,
        PhotoSpec,
        RestoreSpec,
        UncertaintySpec,
        RepairSpec,
    )
}


def spec_from_dict(kind: str, values: dict[str, Any]) -> Spec:
    """Inverse of `model_dump(mode="json")` for the spec of a kind.

    Raises
    ------
    SpecError
        For an unknown kind, or values that do not fit it.
    """
    if kind not in SPECS:
        raise SpecError(
            "This version knows no {kind}.",
            "It may come from a newer version: update.",
            kind=repr(kind),
        )
    return SPECS[kind].of(**values)
