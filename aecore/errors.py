"""The tree of deliberate errors: what was wanted, what was found, and what mends it.

AecoreError
├── SpecError            a setting is out of bounds or does not fit the others
├── StoreError           the place where results are kept cannot be used
│   ├── StoreVersionError    it was written by a newer version
│   ├── StoreFullError       the disk or the quota is full
│   ├── RemovalError         a result may not be removed: it is another's, or needed
│   └── ArtifactMissingError nothing is kept under this key
│       └── ArtifactDamagedError a file of it cannot be read
├── DataError            samples cannot be had
│   ├── PictureError         one file is no picture that we read
│   ├── ArchiveError         a zip that cannot be opened safely
│   ├── DownloadError        a public set is neither here nor reachable
│   └── TooFewSamplesError   nothing, or too little, is left to learn from
├── TrainingError        training cannot go on
│   └── DivergedError        the loss is no longer a finite number
└── JobError             the work cannot be taken on or carried through
    ├── NotFinishedError     it was stopped before it was done
    ├── QueueFullError       this session asked for as much as it may
    ├── LeaseLostError       another worker has taken the job over
    └── WorkerError          the worker process died
"""

from __future__ import annotations

from aecore.sentence import as_sentence, joined


class AecoreError(Exception):
    """A problem that a person can understand, with what mends it.

    Parameters
    ----------
    message
        One sentence: what was wanted and what was found. With values, a template: its named
        fields are filled in, and a page can say it in another language (see `Sentence`).
    hint
        One sentence: what to do about it. May be empty. It may have fields of the same values.
    values
        What stands in the fields.

    Examples
    --------
    >>> SpecError("Patches of {side} px do not fit.", "Use {fits} px.", side=7, fits=4).hint
    'Use 4 px.'
    """

    def __init__(self, message: str, hint: str = "", **values: object) -> None:
        self.message = as_sentence(message, values)
        self.hint = as_sentence(hint, values)
        super().__init__(self.message)

    @property
    def text(self) -> str:
        """Message and hint, as one that can be said in another language."""
        return joined((self.message, self.hint))

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class SpecError(AecoreError):
    """A setting is out of bounds or does not fit the others."""


class StoreError(AecoreError):
    """The place where results are kept cannot be used."""


class StoreVersionError(StoreError):
    """The store was written by a newer version."""


class StoreFullError(StoreError):
    """The disk or the quota is full."""


class RemovalError(StoreError):
    """A result may not be removed: it is another's, or something needs it."""


class ArtifactMissingError(StoreError):
    """Nothing is kept under this key."""


class ArtifactDamagedError(ArtifactMissingError):
    """A file of a result cannot be read."""


class DataError(AecoreError):
    """Samples cannot be had."""


class PictureError(DataError):
    """One file is no picture that we read."""


class ArchiveError(DataError):
    """A zip that cannot be opened safely."""


class DownloadError(DataError):
    """A public set is neither here nor reachable."""


class TooFewSamplesError(DataError):
    """Nothing, or too little, is left to learn from."""


class TrainingError(AecoreError):
    """Training cannot go on."""


class DivergedError(TrainingError):
    """The loss is no longer a finite number."""


class JobError(AecoreError):
    """The work cannot be taken on or carried through."""


class NotFinishedError(JobError):
    """It was stopped before it was done."""


class QueueFullError(JobError):
    """This session asked for as much as it may."""


class LeaseLostError(JobError):
    """Another worker has taken the job over."""


class WorkerError(JobError):
    """The worker process died."""
