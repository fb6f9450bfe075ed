"""A run as it learns: curves, codes, reconstructions, how far it is, and what to do with it."""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st

from aecore.figures.curves import Curve
from aecore.figures.pictures import error_map
from aecore.jobs.view import JobView
from aecore.specs import RunSpec
from aecore.store import Artifact
from aecore.training import HISTORY
from pages.ui import problems, session
from pages.ui.codes_view import codes_view
from pages.ui.gallery import comparison
from pages.ui.house import engine, store
from pages.ui.loss_chart import Mark, loss_chart
from pages.ui.plain import plain
from pages.ui.run_card import status_chip
from pages.ui.watch import duration

TITLES = {
    "loss": "loss (sum)",
    "mse": "squared error",
    "bce": "cross-entropy",
    "kl": "KL",
    "l1": "absolute error",
    "huber": "Huber error",
    "ssim": "1 − SSIM",
    "iwae": "importance-weighted bound",
    "mmd": "MMD",
    "adversarial_code": "critic of the codes",
    "adversarial_image": "critic of the pictures",
    "sparse_l1": "sparsity",
    "sparse_kl": "sparsity",
}
_HEIGHT_PX = 330
_SOON_S, _CALM_S = 0.4, 1.0
"""Between two looks at a run: before its first record, and after."""


def panel(key: str) -> None:
    """Everything about one run; what changes is read anew while it trains."""
    view = engine().view(key)
    has_begun = store().artifact(key).has(HISTORY)
    every_s = None if not view.is_live else _CALM_S if has_begun else _SOON_S
    st.fragment(_draw, run_every=every_s)(key, was_live=view.is_live, every_s=every_s)


def _draw(key: str, *, was_live: bool, every_s: float | None) -> None:
    if page := st.session_state.pop("train.go", None):
        session.go_to(page)
    view = engine().view(key)
    if view.is_live != was_live or session.chosen_key("run") != key:
        st.rerun()
    artifact = store().artifact(key)
    spec = artifact.spec
    if not isinstance(spec, RunSpec):
        return
    records = _with_parents(artifact, spec)
    _head(artifact, view, records)
    _controls(artifact, view)
    _trouble(view, records)
    if not records:
        st.caption("The first point of the curve appears as soon as the first steps are done.")
        return
    with problems.shown():
        _pictures(artifact, spec, records)
    if every_s == _SOON_S and artifact.has(HISTORY):
        st.rerun()  # what there is stands; from now on a calmer beat will do


def _head(artifact: Artifact, view: JobView, records: list[dict[str, Any]]) -> None:
    about = artifact.about
    with st.container(horizontal=True, vertical_alignment="center"):
        title = f"{about.get('title', 'Run')} · {about.get('data_title', '')}".strip(" ·")
        st.markdown(f"#### {plain(title)}", width="stretch")
        status_chip(view.status)
    st.progress(view.state.progress, text=_how_far(view, records))


def _how_far(view: JobView, records: list[dict[str, Any]]) -> str:
    state = view.state
    if view.status == "queued":
        place = f"place {view.place} in the queue" if view.place else "in the queue"
        wait = f", about {duration(view.wait_s)} to wait" if view.wait_s else ""
        return f"Waiting: {place}{wait}"
    if not records:
        return f"{state.phase.capitalize() or 'Starting'}…" if view.is_live else "Not started"
    last = records[-1]
    if _is_alone(last):
        return _how_far_alone(view, records)
    n_epochs = max(1, round(state.n_total / 1000)) if state.n_total >= 1000 else 1
    words = [f"epoch {min(n_epochs, state.n_done / 1000):.3g} of {n_epochs}"]
    if last["n_per_s"]:
        words.append(f"{last['n_per_s']:,.0f} samples/s")
    if view.status == "running" and state.eta_s is not None:
        words.append(f"{duration(state.eta_s)} left")
    return " · ".join(words)


def _is_alone(record: dict[str, Any]) -> bool:
    """Whether a record is of one layer that is trained by itself."""
    return bool(record["epoch"] <= 0 and record["train"] and "loss" not in record["train"])


def _how_far_alone(view: JobView, records: list[dict[str, Any]]) -> str:
    """While each layer is trained alone: which, and how many epochs of that are left."""
    alone = [record for record in records if _is_alone(record)]
    n_left = round(-alone[-1]["epoch"])
    name = next(iter(alone[-1]["train"]))
    words = [f"training each layer alone: {name}, {len(alone)} of {len(alone) + n_left} epochs"]
    if view.status == "running":
        words.append("then all layers together")
    if view.status == "running" and view.state.eta_s is not None:
        words.append(f"about {duration(view.state.eta_s)} left")
    return " · ".join(words).capitalize()


def _trouble(view: JobView, records: list[dict[str, Any]]) -> None:
    if view.status == "failed":
        st.error(plain(f"{view.state.error} {view.state.hint}"), icon=":material/error:")
    if view.status == "interrupted":
        st.warning(
            "The worker was interrupted. Nothing but the epoch it was in is lost: resume it.",
            icon=":material/bolt:",
        )
    note = next((record["note"] for record in reversed(records) if record["whole"]), "")
    if note:
        st.warning(plain(note), icon=":material/trending_up:")


def _pictures(artifact: Artifact, spec: RunSpec, records: list[dict[str, Any]]) -> None:
    chart, codes = st.columns([3, 2])
    with chart:
        loss_chart(
            curves(records, spec),
            run=artifact.key,
            key="train.curves",
            marks=_marks(records),
            height_px=_HEIGHT_PX,
        )
        _perplexity(artifact, spec, records)
    with codes:
        _codes(artifact, records)
    if artifact.has("strip.npy"):
        _strip(artifact.read_array("strip.npy"))


def _perplexity(artifact: Artifact, spec: RunSpec, records: list[dict[str, Any]]) -> None:
    """Of a quantized code: how many entries are in even use, epoch by epoch."""
    points = [(r["epoch"], r["val"]["perplexity"]) for r in records if "perplexity" in r["val"]]
    if not points:
        return
    x, y = np.array(points, np.float32).T
    st.caption(
        f"**Perplexity {y[-1]:.1f} of {spec.code.codebook_size} ↑**: so many entries of the "
        "codebook are in even use; a tenth or less is a collapse."
    )
    loss_chart(
        [Curve("perplexity", x, y, "val")],
        run=artifact.key,
        key="train.perplexity",
        log=False,
        height_px=150,
    )


def _codes(artifact: Artifact, records: list[dict[str, Any]]) -> None:
    if not artifact.has("view.npy"):
        st.caption("The codes appear after the first epoch.")
        return
    codes_view(
        artifact.read_array("view.npy"),
        artifact.read_array("view-labels.npy"),
        artifact.read_json("model.json")["label_names"],
        run=artifact.key,
        rev=records[-1]["step"],
        key="train.codes",
        height_px=_HEIGHT_PX,
    )


def _strip(strip: np.ndarray) -> None:
    if strip.ndim != 5:
        st.caption("Reconstructions of table rows are numbers: see the curves.")
        return
    rows = {"Original": strip[0], "Reconstruction": strip[-1]}
    if len(strip) == 3:
        rows = {"Original": strip[0], "Noisy input": strip[1], "Cleaned": strip[2]}
    rows["Error"] = error_map(strip[0], strip[-1], top=0.5)
    comparison(rows, key="train.strip", target_px=96, error_top=0.5)


def curves(records: list[dict[str, Any]], spec: RunSpec) -> list[Curve]:
    """Loss and terms on train and validation; within the first epoch, by the step.

    The sum is left out where it is a single term's own curve. A mean over an epoch of training
    stands at the middle of that epoch, where it was measured on average; validation at its end.
    """
    whole = [record for record in records if record["whole"]]
    begun = [r for r in records if not whole or r["epoch"] < whole[0]["epoch"]]
    later = whole[1:] if begun else whole
    train = [*begun, *({**r, "epoch": r["epoch"] - 0.5} for r in later)]
    single = len(spec.objective) == 1 and spec.objective[0].weight == 1
    names = dict.fromkeys(name for r in train for name in r["train"])  # layers alone come first
    if single:
        names.pop("loss", None)
    found = []
    for name in names:
        for part, chosen in (("train", train), ("val", whole)):
            points = [(r["epoch"], r[part][name]) for r in chosen if name in r[part]]
            if points:
                x, y = np.array(points, np.float32).T
                found.append(Curve(TITLES.get(name, name.replace("_", " ")), x, y, part))
    return found


def _marks(records: list[dict[str, Any]]) -> list[Mark]:
    joints = [Mark(r["epoch"], "trained further") for r in records if r.get("joint")]
    if records and _is_alone(records[0]):
        joints.append(Mark(0.0, "all layers together"))
    whole = [record for record in records if record["whole"] and record["val"]]
    if len(whole) < 3:
        return joints
    best = min(whole, key=lambda record: record["val"]["loss"])
    return [*joints, Mark(best["epoch"], "best")]


def _with_parents(artifact: Artifact, spec: RunSpec) -> list[dict[str, Any]]:
    """The run's records, behind those of the run it went on from."""
    records, _ = artifact.read_history(HISTORY)
    records = [record for record in records if record["whole"] or record["train"]]
    if spec.start_from is None or spec.start_from not in store():
        return records
    parent = store().artifact(spec.start_from)
    parent_spec = parent.spec
    if not isinstance(parent_spec, RunSpec):
        return records
    before = [record for record in _with_parents(parent, parent_spec) if record["whole"]]
    if not before:
        return records
    done, step = before[-1]["epoch"], before[-1]["step"]
    before[-1] = {**before[-1], "joint": True}
    moved = [{**r, "epoch": r["epoch"] + done, "step": r["step"] + step} for r in records]
    return before + moved


def _controls(artifact: Artifact, view: JobView) -> None:
    """Stop, resume, train further, look closer, share: what fits how the run stands."""
    key, has_epoch = artifact.key, artifact.has("last.safetensors")
    with st.container(horizontal=True, vertical_alignment="center"):
        if view.is_live:
            st.button("Stop", key="train.stop", icon=":material/stop:", on_click=_stop, args=(key,))
        elif view.status != "done":
            st.button(
                "Resume" if has_epoch else "Start again",
                key="train.resume",
                type="primary",
                icon=":material/play_arrow:",
                on_click=_resume,
                args=(key,),
            )
        else:
            st.button(
                "Train further",
                key="train.further",
                icon=":material/fast_forward:",
                help="As many epochs again, from the weights and the optimizer it ended with.",
                on_click=_further,
                args=(key,),
            )
        if has_epoch:
            st.button(
                "Look at reconstructions",
                key="train.look",
                icon=":material/compare:",
                on_click=_look,
            )
        with st.popover("Share", icon=":material/link:"):
            st.caption("Whoever opens this link sees this run.")
            st.code(session.share_link("train", run=key), language=None)


def _look() -> None:
    # A callback runs even where the panel is drawn anew at this very moment.
    st.session_state["train.go"] = "reconstruct"


def _stop(key: str) -> None:
    engine().stop(key, session.session_id())


def _resume(key: str) -> None:
    with problems.shown():
        engine().submit(store().artifact(key).spec, session.session_id())
        session.remember(key)


def _further(key: str) -> None:
    artifact = store().artifact(key)
    spec = artifact.spec
    if not isinstance(spec, RunSpec):
        return
    with problems.shown():
        further = spec.model_copy(update={"start_from": key})
        new = engine().submit(further, session.session_id(), **artifact.about)
        session.remember(new)
        session.choose("run", new)
