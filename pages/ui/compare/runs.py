"""Which runs stand beside each other, what to call them, and why some cannot be compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from aecore.artifact import Artifact
from aecore.errors import AecoreError
from aecore.recipes import code_words
from aecore.specs.base import check_key
from aecore.specs.run import RunSpec
from pages.ui import backend, data_requests, pick_run, session, url_state
from pages.ui.markdown import escape
from pages.ui.translation import _, ngettext

N_MAX = 6
LETTERS = "ABCDEF"
_LINK = "compare.runs"
_NONE = "none"


@dataclass(frozen=True)
class Chosen:
    """A run that is compared.

    Parameters
    ----------
    letter
        What it is called on the page.
    title
        What tells it from all others of the list.
    family
        Its recipe, or what it is made of; the same for runs of a family.
    """

    letter: str
    title: str
    family: str
    artifact: Artifact

    @property
    def label(self) -> str:
        """Letter and family, for narrow places."""
        return f"{self.letter} · {self.family}"


def pick() -> list[Artifact]:
    """A list of this session's runs and those of the address, two to six of them chosen."""
    listed = [key for key in session.remembered("run") if _is_run(key)]
    opened = session.chosen("run")
    chosen = _of_address() if url_state.read(_LINK) else _first_choice(opened, listed)
    keys = list(dict.fromkeys([*chosen, *([opened.key] if opened else []), *listed]))
    if not keys:
        return []
    titles = dict(zip(keys, titles_of(keys), strict=True))
    st.multiselect(
        _("Runs"),
        keys,
        format_func=lambda key: titles.get(key, key),
        max_selections=N_MAX,
        placeholder=_("Choose two to six runs"),
        help=_("Runs of this session. They are compared on the same samples."),
        **url_state.linked_widget("compare.chosen", chosen, _keep),
    )
    found = [backend.store().artifact(key) for key in chosen]
    for artifact in found:
        backend.store().touch(artifact.key)
    return found


def _keep(chosen: Sequence[str]) -> None:
    url_state.write(_LINK, ",".join([key for key in chosen if _is_run(key)][:N_MAX]) or _NONE)


def _of_address() -> list[str]:
    """Keys of the address; what is no run here is told and left out."""
    asked = [key for key in url_state.read(_LINK).split(",") if key != _NONE]
    keys = [key for key in dict.fromkeys(asked) if _is_run(key)]
    n_lost = len(set(asked)) - len(keys)
    if n_lost:
        words = ngettext(
            "1 run of this link was not found here.",
            "{n} runs of this link were not found here.",
            n_lost,
        )
        st.warning(words, icon=":material/link_off:")
    return keys[:N_MAX]


def _is_run(key: str) -> bool:
    try:
        return isinstance(backend.store().artifact(check_key(key)).spec, RunSpec)
    except AecoreError:
        return False


def _first_choice(opened: Artifact | None, listed: list[str]) -> list[str]:
    """The open run, or the newest, and up to two others on the same data."""
    keys = list(dict.fromkeys([*([opened.key] if opened else []), *listed]))
    ready = [key for key in keys if not why_not(backend.store().artifact(key))]
    if not ready:
        return keys[:1]
    data = _spec(ready[0]).data
    return [key for key in ready if _spec(key).data == data][:3]


def _spec(key: str) -> RunSpec:
    spec = backend.store().artifact(key).spec
    if not isinstance(spec, RunSpec):
        raise TypeError(f"{key} is no run")
    return spec


def why_not(artifact: Artifact) -> str:
    """Why a run cannot be compared just now; "" where it can."""
    if not pick_run.has_weights(artifact):
        return _("It has no finished epoch.")
    if backend.engine().view(artifact.key).is_live:
        return _(
            "It is still being trained: it can be compared when training is finished or stopped."
        )
    return ""


def comparable(artifacts: Sequence[Artifact]) -> list[Chosen]:
    """Those that can be compared with the first; each of the others is told why not."""
    ready: list[Artifact] = []
    for artifact in artifacts:
        title = escape(pick_run.run_title(artifact.key))
        reason = why_not(artifact)
        if not reason and ready and _spec(artifact.key).data != _spec(ready[0].key).data:
            reason = _(
                "It was trained on other samples ({data}; the first run on {first_data}): scores "
                "on different samples do not show which model is better.",
                data=escape(_data(artifact)),
                first_data=escape(_data(ready[0])),
            )
        if reason:
            st.info(f"**{title}**: {reason}", icon=":material/info:")
        else:
            ready.append(artifact)
    titles = titles_of([artifact.key for artifact in ready])
    return [
        Chosen(letter, title, _family(artifact), artifact)
        for letter, title, artifact in zip(LETTERS, titles, ready, strict=False)
    ]


def _data(artifact: Artifact) -> str:
    return _(data_requests.data_title(_spec(artifact.key).data))


def titles_of(keys: Sequence[str]) -> list[str]:
    """What to call runs; those that would be called alike are told apart by what differs."""
    titles = [pick_run.run_title(key) for key in keys]
    found = []
    for key, title in zip(keys, titles, strict=True):
        alike = [other for other, called in zip(keys, titles, strict=True) if called == title]
        found.append(title + (_difference(key, alike) if len(alike) > 1 else ""))
    return found


def _family(artifact: Artifact) -> str:
    return _(artifact.about.get("title") or code_words(_spec(artifact.key).code))


def _difference(key: str, alike: Sequence[str]) -> str:
    flat = {other: _flat(_spec(other).model_dump(mode="json")) for other in alike}
    names: list[str] = []
    alike_still = [other for other in alike if other != key]
    while alike_still:  # the setting that tells it from the most of those that are left
        apart = {
            name: [other for other in alike_still if flat[other].get(name) != flat[key][name]]
            for name in flat[key]
        }
        name = max(apart, key=lambda name: len(apart[name]))
        if not apart[name]:
            break
        names.append(name)
        alike_still = [other for other in alike_still if other not in apart[name]]
    words = [f"{_spoken(name)} {flat[key][name]}" for name in names]
    return " · " + ", ".join(words) if words else ""


def _spoken(name: str) -> str:
    """Name of a setting, for a person: "optimizer.lr" is lr, "n_epochs" epochs."""
    return name.rpartition(".")[2].removeprefix("n_").replace("_", " ")


def _flat(values: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in values.items():
        items = enumerate(value) if isinstance(value, list) else None
        if isinstance(value, dict):
            found |= _flat(value, f"{prefix}{name}.")
        elif items is not None and value and isinstance(value[0], dict):
            for i, inner in items:
                found |= _flat(inner, f"{prefix}{inner.get('name', i)} ")
        else:
            found[prefix + name] = value
    return found
