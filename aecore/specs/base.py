"""What every spec is: a small frozen value with bounds, whose key names what answers it."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    ValidationError,
    model_serializer,
)
from pydantic_core import ErrorDetails

from aecore.errors import SpecError
from aecore.sentence import Sentence, joined

KEY_PATTERN = re.compile(r"[a-z]{2,12}-[0-9a-f]{24}\Z")
ActsWhen = Mapping[str, Callable[[Any], bool]]
ArtifactKey = Annotated[str, Field(pattern=KEY_PATTERN.pattern.replace(r"\Z", "$"))]


class Part(BaseModel):
    """A frozen value with bounds: the base of every spec and of its parts."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    acts_when: ClassVar[ActsWhen] = {}
    """When a setting has an effect, of those that do not always; "a.b" is setting b of part a."""

    def effective(self) -> Self:
        """The same with every setting that has no effect here at its default."""
        changes: dict[str, Any] = {}
        for name in type(self).model_fields:
            value = getattr(self, name)
            if isinstance(value, Part):
                changes[name] = value.effective()
            elif isinstance(value, tuple):
                changes[name] = tuple(v.effective() if isinstance(v, Part) else v for v in value)
        for name, acts in self.acts_when.items():
            part, dot, setting = name.partition(".")
            if acts(self):
                continue
            if not dot:
                changes[name] = _default_of(type(self), name)
            elif (whole := changes.get(part)) is not None:
                default = _default_of(type(whole), setting)
                changes[part] = whole.model_copy(update={setting: default})
        return self.model_copy(update=changes)

    @classmethod
    def of(cls, **values: Any) -> Self:
        """Make it from untrusted values.

        Raises
        ------
        SpecError
            Naming each setting that is out of bounds, and its bounds.
        """
        try:
            return cls(**values)
        except ValidationError as problem:
            raise SpecError(explain(problem), "Correct the setting and try again.") from problem


class Variant(Part):
    """One alternative of a setting that has several: a method of maps, a term, a code.

    Each is a class with the settings that it has, so that one exists only where it acts. The
    setting itself is the union of the classes, with a field of theirs as its discriminator.
    """

    discriminator: ClassVar[str] = "name"
    """The field that says which alternative it is."""

    @classmethod
    def tag(cls) -> str:
        """The value of the discriminator that chooses this alternative."""
        return str(cls.model_fields[cls.discriminator].default)

    @classmethod
    def base(cls) -> type[Variant]:
        """The class whose settings all alternatives have."""
        return next(each for each in cls.__mro__ if Variant in each.__bases__)

    @model_serializer(mode="wrap")
    def _with_tag(self, settings_of: SerializerFunctionWrapHandler) -> dict[str, Any]:
        # the tag is the default of its class, and must not be left out where defaults are
        return {self.discriminator: getattr(self, self.discriminator), **settings_of(self)}


Lane = Literal["device", "light", "look", "long"]


@dataclass(frozen=True)
class Work:
    """How the artifact of a spec is computed, found by name so that nothing slow is imported early.

    Parameters
    ----------
    compute
        "module:function"; the function takes spec, artifact and store, yields `Progress`, and is
        closed to stop it.
    lane
        "device" for training, which has the device for itself; "look" for looking into what was
        trained (codes, maps, scores), on the CPU, beside any training; "long" for what may take
        minutes beside it (photographs, on a GPU where there is one, and encoders as features),
        which looking does not wait for; else "light".
    title
        What is being done, for a person.
    resumes
        Whether it goes on from where it was, so that it can make way for others.
    memory
        "module:function" that estimates from a spec and the store what it will need on a CPU, or
        gives None; "": it needs little.
    """

    compute: str
    lane: Lane = "light"
    title: str = Sentence("The work")
    resumes: bool = False
    memory: str = ""


class Spec(Part):
    """Something that can be asked for as a whole, and is kept under `key`."""

    kind: ClassVar[str]
    noun: ClassVar[str] = ""
    """What a person calls it who has no title of it."""
    work: ClassVar[Work | None] = None
    """None: it is kept as it comes, not computed."""
    version: ClassVar[int]
    """Raised when the code that computes this kind changes what comes out."""

    @property
    def key(self) -> str:
        """Name of the artifact: the kind and a hash of code version and of what has an effect."""
        # Without what stands at its default, so that a new setting loses no old result; a default
        # that changes needs a new version (a test holds them together).
        values = self.effective().model_dump(mode="json", exclude_defaults=True)
        content = json.dumps(values, sort_keys=True, separators=(",", ":"))
        digest = hashlib.sha256(f"{self.kind}/{self.code_version}/{content}".encode()).hexdigest()
        return f"{self.kind}-{digest[:24]}"

    @property
    def code_version(self) -> int:
        """Version of the code that computes what is asked for here."""
        return self.version

    def needs(self) -> tuple[str, ...]:
        """Keys of the artifacts that this one is computed from, those that it names itself."""
        return ()

    def uses_gpu(self) -> bool:
        """Whether work of another lane than "device" is done on a GPU where there is one.

        Then it has the device for itself as well, and waits for a training to end.
        """
        return False


def _default_of(part: type[Part], name: str) -> Any:
    return part.model_fields[name].get_default(call_default_factory=True)


def explain(problem: ValidationError) -> str:
    """Pydantic's findings as one sentence a person can act on."""
    sentences = []
    errors = problem.errors(include_url=False)
    for error in errors:
        inner = [e for e in errors if len(e["loc"]) > len(error["loc"])]
        if error["type"] == "too_short" and inner:
            continue  # it is, because what is inside was refused
        setting = ".".join(str(step) for step in error["loc"]) or "settings"
        what: str = error["msg"].removeprefix("Value error, ")
        value = error["input"]
        if error["type"] == "union_tag_not_found":
            what = Sentence("its {field} is missing", field=_discriminator(error))
        elif error["type"] == "extra_forbidden":
            what = Sentence("there is no such setting")
        elif error["type"] == "union_tag_invalid":
            setting, value = f"{setting}.{_discriminator(error)}", error["ctx"]["tag"]
            what = Sentence("choose one of {names}", names=error["ctx"]["expected_tags"])
        about = {"setting": setting, "problem": what, "given": f"{value!r:.60}"}
        sentences.append(
            Sentence("{setting}: {problem}.", **about)
            if isinstance(value, dict | list | tuple)
            else Sentence("{setting}: {problem} (got {given}).", **about)
        )
    return joined(sentences)


def _discriminator(error: ErrorDetails) -> str:
    """The field by which the alternatives of a refused setting are told apart."""
    return str(error["ctx"]["discriminator"]).strip("'")


def check_key(key: str) -> str:
    """The key itself, if it is one; keys are the only names that become paths.

    Raises
    ------
    SpecError
    """
    if not isinstance(key, str) or not KEY_PATTERN.match(key):
        raise SpecError(
            "{key} is no key of a result.", "Copy the whole link or key.", key=repr(str(key)[:60])
        )
    return key
