"""What can be asked for of a trained run: codes, trust, scores, features, denoising."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from aecore.sentence import Sentence
from aecore.specs.base import ActsWhen, ArtifactKey, Spec, Work
from aecore.specs.run import CorruptionSpec

FeatureStudy = Literal["codes", "tuned", "new"]


class CodesSpec(Spec):
    """The codes of a run's samples, as its weights stood after so many epochs."""

    kind: ClassVar[str] = "codes"
    version: ClassVar[int] = 1
    noun: ClassVar[str] = Sentence("the codes of a run")
    work: ClassVar[Work] = Work("aecore.latent.codes:compute", "look", "Computing the codes")

    run: ArtifactKey = Field(description="Key of the run that encodes.")
    epochs: int = Field(ge=1, description="Whole epochs its weights have seen.")
    n_max: int = Field(
        10_000,
        ge=1,
        le=100_000,
        description="Maximum number of samples, drawn by the seed from all parts.",
    )
    seed: int = Field(0, ge=0, le=2**31 - 1, description="Decides which samples are drawn.")

    def needs(self) -> tuple[str, ...]:
        """Its run."""
        return (self.run,)


class TrustSpec(Spec):
    """How far each place of a flat map of pictures can be believed."""

    kind: ClassVar[str] = "trust"
    version: ClassVar[int] = 3
    noun: ClassVar[str] = Sentence("the trustworthiness of a map")
    work: ClassVar[Work] = Work(
        "aecore.maps.trust:compute", "look", "Measuring the reliability of the map"
    )

    map: ArtifactKey = Field(description="Key of the map.")

    def needs(self) -> tuple[str, ...]:
        """Its map."""
        return (self.map,)


class DenoiseSpec(Spec):
    """How well a run cleans pictures, over levels of one kind of noise, beside filters."""

    kind: ClassVar[str] = "denoise"
    version: ClassVar[int] = 1
    noun: ClassVar[str] = Sentence("curves over levels of noise")
    work: ClassVar[Work] = Work(
        "aecore.denoising.levels:compute", "look", "Denoising at each level"
    )

    run: ArtifactKey = Field(description="Key of the run that cleans.")
    epochs: int = Field(ge=1, description="Whole epochs its weights have seen.")
    noise: CorruptionSpec = Field(description="The kind of noise; its level gives way to levels.")
    levels: tuple[Annotated[float, Field(ge=0.0, le=2.0)], ...] = Field(
        min_length=1, max_length=32, description="Levels of the noise that are tried."
    )
    part: Literal["train", "val", "test"] = Field("test", description="Which samples.")
    n_pictures: int = Field(100, ge=1, le=10_000, description="Maximum number of samples.")
    seed: int = Field(0, ge=0, le=2**31 - 1, description="Decides the noise.")

    acts_when: ClassVar[ActsWhen] = {
        "noise.level": lambda spec: False,
    }

    def needs(self) -> tuple[str, ...]:
        """Its run."""
        return (self.run,)


class ScoresSpec(Spec):
    """Everything that can be scored of a run on one part, beside PCA and the bare pixels."""

    kind: ClassVar[str] = "scores"
    version: ClassVar[int] = 3
    noun: ClassVar[str] = Sentence("the scores of a run")
    work: ClassVar[Work] = Work("aecore.studies.scores:compute", "look", "Scoring the run")

    run: ArtifactKey = Field(description="Key of the run that is scored.")
    epochs: int = Field(ge=1, description="Whole epochs its weights have seen.")
    part: Literal["test", "val"] = Field("test", description="Which samples.")
    n_samples: int = Field(1000, ge=2, le=10_000, description="Maximum number of samples.")
    seed: int = Field(0, ge=0, le=2**31 - 1, description="Decides labels, clusters and draws.")

    def needs(self) -> tuple[str, ...]:
        """Its run."""
        return (self.run,)


class EvaluationSpec(Spec):
    """How well a run rebuilds each sample of one part, beside PCA."""

    kind: ClassVar[str] = "evaluation"
    version: ClassVar[int] = 2

    run: ArtifactKey = Field(description="Key of the run that is scored.")
    epochs: int = Field(ge=0, description="Whole epochs its weights have seen.")
    part: Literal["train", "val", "test"] = Field("test", description="Which samples.")

    def needs(self) -> tuple[str, ...]:
        """Its run."""
        return (self.run,)


class FeaturesSpec(Spec):
    """How well classes are told by a run's codes, or its encoder, when few samples have a label."""

    kind: ClassVar[str] = "features"
    version: ClassVar[int] = 2
    noun: ClassVar[str] = Sentence("a study of features")
    work: ClassVar[Work] = Work(
        "aecore.studies.features:compute", "long", "Evaluating the features"
    )

    run: ArtifactKey = Field(description="Key of the run.")
    epochs: int = Field(ge=1, description="Whole epochs its weights have seen.")
    study: FeatureStudy = Field(
        "codes",
        description="codes: classified by simple methods, and clustered; tuned: the encoder "
        "fine-tuned, and trained from scratch; new: data augmentation with generated "
        "samples.",
    )
    part: Literal["test", "val"] = Field(
        "test", description="Part of the samples on which accuracy is measured."
    )
    n_labels: tuple[Annotated[int, Field(ge=2, le=100_000)], ...] = Field(
        (10, 20, 50, 100, 200, 500, 1000),
        min_length=1,
        max_length=16,
        description="Numbers of labels to try.",
    )
    n_draws: int = Field(5, ge=1, le=20, description="Number of draws of labels for each.")
    n_samples: int = Field(
        1000, ge=2, le=10_000, description="Maximum number of samples to classify."
    )
    seed: int = Field(0, ge=0, le=2**31 - 1, description="Decides labels, clusters and draws.")

    def needs(self) -> tuple[str, ...]:
        """Its run."""
        return (self.run,)


class RecommendSpec(Spec):
    """How well a run of baskets or ratings suggests things to people, beside simple methods."""

    kind: ClassVar[str] = "recommend"
    version: ClassVar[int] = 1
    noun: ClassVar[str] = Sentence("scores of suggestions")
    work: ClassVar[Work] = Work(
        "aecore.studies.recommend.study:compute", "look", "Scoring the suggestions"
    )

    run: ArtifactKey = Field(description="Key of the run that suggests.")
    epochs: int = Field(ge=1, description="Whole epochs its weights have seen.")
    share: float = Field(
        0.2,
        gt=0.0,
        lt=1.0,
        description="Share of a held-out person's things that are hidden, to be suggested.",
    )
    n_people: int = Field(
        10_000, ge=2, le=100_000, description="Held-out people at most that are judged."
    )
    seed: int = Field(0, ge=0, le=2**31 - 1, description="Decides which things are hidden.")

    def needs(self) -> tuple[str, ...]:
        """Its run."""
        return (self.run,)


class AnomalySpec(Spec):
    """How odd each sample of the test part is to a run, by every score, beside simple ones."""

    kind: ClassVar[str] = "anomaly"
    version: ClassVar[int] = 3
    noun: ClassVar[str] = Sentence("scores of anomalies")
    work: ClassVar[Work] = Work("aecore.studies.anomaly.study:compute", "look", "Scoring anomalies")

    run: ArtifactKey = Field(description="Key of the run that scores.")
    epochs: int = Field(ge=1, description="Whole epochs its weights have seen.")
    normal: tuple[Annotated[str, Field(min_length=1, max_length=200)], ...] = Field(
        (),
        max_length=256,
        description="Names of the classes that are normal; all others are anomalies. Empty: those "
        "of the data, where it names any; else no anomaly is known.",
    )
    n_fit: int = Field(
        5000, ge=10, le=50_000, description="Normal training samples at most that scores learn."
    )
    n_held_out: int = Field(
        5000, ge=1, le=50_000, description="Normal samples at most that set thresholds."
    )
    n_samples: int = Field(10_000, ge=2, le=100_000, description="At most so many are judged.")
    seed: int = Field(0, ge=0, le=2**31 - 1, description="Decides which are drawn.")

    def needs(self) -> tuple[str, ...]:
        """Its run."""
        return (self.run,)


class SearchSpec(Spec):
    """What a search of texts needs, how good it is beside TF-IDF and LSA, and topics."""

    kind: ClassVar[str] = "search"
    version: ClassVar[int] = 1
    noun: ClassVar[str] = Sentence("a search of texts")
    work: ClassVar[Work] = Work("aecore.studies.text_study:compute", "look", "Indexing the texts")

    run: ArtifactKey = Field(description="Key of the run that encodes.")
    epochs: int = Field(ge=1, description="Whole epochs its weights have seen.")
    seed: int = Field(0, ge=0, le=2**31 - 1, description="Decides which queries are drawn.")

    def needs(self) -> tuple[str, ...]:
        """Its run."""
        return (self.run,)


class SimilarSpec(Spec):
    """What is alike in a set by the codes of a run, beside PCA and pixels."""

    kind: ClassVar[str] = "similar"
    version: ClassVar[int] = 1
    noun: ClassVar[str] = Sentence("a search for similar samples")
    work: ClassVar[Work] = Work(
        "aecore.studies.similar.study:compute", "look", "Preparing the search"
    )

    run: ArtifactKey = Field(description="Key of the run whose codes are compared.")
    epochs: int = Field(ge=1, description="Whole epochs its weights have seen.")
    layer: Annotated[str, Field(pattern=r"^[a-z]{1,12}(-[0-9]{1,4})?$")] = Field(
        "code", description="The code, or a hidden layer of the encoder: layer-1, layer-2, ..."
    )
    measure: Literal["euclid", "cosine", "mahalanobis"] = Field(
        "euclid", description="How two codes are compared."
    )
    n_max: int = Field(
        2_000_000, ge=20, le=2_000_000, description="Samples that are searched, at the most."
    )
    seed: int = Field(0, ge=0, le=2**31 - 1, description="Decides which are drawn.")

    def needs(self) -> tuple[str, ...]:
        """Its run."""
        return (self.run,)
