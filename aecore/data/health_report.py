"""What is told of a set that was brought in, as its artifact keeps it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, PlainSerializer, PlainValidator

from aecore.sentence import from_json, to_json

Text = Annotated[str, PlainValidator(from_json), PlainSerializer(to_json, when_used="json")]
"""Text that keeps the parts of a sentence in JSON."""


class HealthReport(BaseModel):
    """What was found in a set; `model_dump_json` and `model_validate_json` keep it whole.

    Attributes
    ----------
    noun, is_sparse
        What a sample is, and whether it is a sparse row.
    n_read, n_unreadable, n_blank, n_duplicates
        Pictures read, files left out, pictures of one shade (within 2 of 255), and copies of an
        earlier picture.
    unreadable
        Name and reason of the first files left out.
    blank
        Names of the first blank pictures.
    duplicates
        Names of pictures that are equal once decoded and resized, a group a list.
    n_leaked
        Validation and test pictures whose copy is trained on.
    sizes
        How many originals had a size ("640 × 480"), the most frequent first.
    n_sizes
        How many different sizes there were.
    class_counts
        Pictures of each class; empty without labels.
    n_unlabelled
        Pictures without a label, where others have one.
    is_uniform
        All pictures are the same: nothing can be learnt.
    fit
        What happened to pictures of another shape: "cut", "bars" or "squeeze".
    lost_mean, lost_max
        Share of a picture's area that the shape cut away (or that became bars), 0 to 1.
    n_lost
        Small pictures beside the report that show it.
    told
        Sentences on how they came in that call for nothing.
    warnings
        Sentences for a person; empty where all is well.
    """

    model_config = ConfigDict(frozen=True)

    noun: Literal["picture", "row"] = "picture"
    is_sparse: bool = False
    n_read: int
    n_unreadable: int = 0
    unreadable: list[tuple[str, Text]] = []
    n_blank: int = 0
    blank: list[str] = []
    n_duplicates: int = 0
    duplicates: list[list[str]] = []
    n_leaked: int = 0
    sizes: dict[str, int] = {}
    n_sizes: int = 1
    class_counts: dict[str, int] = {}
    n_unlabelled: int = 0
    is_uniform: bool = False
    fit: Literal["cut", "bars", "squeeze"] = "cut"
    lost_mean: float = 0.0
    lost_max: float = 0.0
    n_lost: int = 0
    told: list[Text] = []
    warnings: list[Text] = []

    @property
    def mixed_sizes(self) -> bool:
        """Whether originals had more than one size."""
        return self.n_sizes > 1
