"""A person's own picture, uploaded, drawn or photographed: kept, and in the address."""

from __future__ import annotations

import numpy as np
import streamlit as st
from streamlit.runtime.uploaded_file_manager import DeletedFile, UploadedFile

from aecore.data.drawn import centred, is_like_mnist
from aecore.data.kept import How, KeptPicture, keep, kept
from aecore.errors import AecoreError, SpecError
from aecore.figures.pictures import as_rgb, enlarge
from aecore.imaging.framing import Framing
from aecore.imaging.limits import PHOTOGRAPH, Limits
from aecore.imaging.picture_kinds import READS
from aecore.jobs.removal import removal_of, remove
from pages.ui import backend, camera, errors, mine, reading, session, upload_limits, url_state
from pages.ui.drawing_pad import SIDE_PX, drawing_pad
from pages.ui.translation import _, mark

WAYS = {"upload": mark("Upload"), "draw": mark("Draw"), "camera": mark("Camera")}
_DRAWING = Limits(n_pixels=1_000_000, n_bytes=1_000_000)
_THUMB_PX = 64


def ask(
    page: str, of: tuple[int, ...], *, framing: Framing | None = None, name: str = "own"
) -> np.ndarray | None:
    """Ask for a picture: three ways to bring one, and what was brought.

    It is kept as an artifact whose key stands in the address as `?<page>.<name>=`, so that a link
    or a reload finds it again.

    Parameters
    ----------
    page
        The page that asks.
    of
        What the model reads: `(C, H, W)`.
    framing
        How the pictures that the model was trained on became samples; see `SampleSet.framing`.
    name
        Tells several pictures of one page apart.

    Returns
    -------
    numpy.ndarray or None
        uint8 `(C, H, W)`; None where there is none.
    """
    asked = _Asked(page, name, framing)
    n_channels, height_px, width_px = of
    shape = (n_channels, height_px, width_px)
    with st.container(key=f"{asked.at}.own_picture", gap="small"):
        way = url_state.choice(
            _("Your own picture"),
            WAYS,
            f"{asked.at}.way",
            widget=st.segmented_control,
            on_change=lambda: asked.tell(None),
            label_visibility="collapsed",
        )
        if way == "draw":
            _draw(asked, shape)
        elif way == "camera":
            camera.ask(asked.widget("camera"), asked.expect)
            _read(asked, asked.widget("camera"), "photographed")
        else:
            st.file_uploader(
                _("A picture: {reads}", reads=READS),
                help=mine.kept_for() or None,
                key=asked.widget("file"),
                max_upload_size=PHOTOGRAPH.n_bytes // 2**20,
                on_change=asked.expect,
            )
            reading.decoder().warm_up()
            _read(asked, asked.widget("file"), "uploaded")
        if asked.problem is not None:
            errors.show_error(asked.problem)
            return None
        try:
            found = asked.found()
            return None if found is None else _shown(asked, found, shape)
        except AecoreError as problem:
            errors.show_error(problem)
            asked.button(_("Continue without it"), "arrow_forward")
            return None


class _Asked:
    """What is known of one picture of one page: its key, and what went wrong last."""

    def __init__(self, page: str, name: str, framing: Framing | None) -> None:
        self.at = f"{page}.{name}"
        self.framing = framing

    @property
    def problem(self) -> AecoreError | None:
        found: AecoreError | None = st.session_state.get(f"own.problem.{self.at}")
        return found

    @property
    def round(self) -> int:
        """How often what was brought has been removed; each time, the widgets begin anew."""
        found: int = st.session_state.get(f"own.round.{self.at}", 0)
        return found

    def widget(self, name: str) -> str:
        """Key of the widget of this round."""
        return f"{self.at}.{name}" + (f"-{self.round}" if self.round else "")

    def found(self) -> KeptPicture | None:
        """The picture of the address, None where it names none.

        Raises
        ------
        AecoreError
            Where it leads nowhere.
        """
        key = url_state.read(self.at)
        return kept(backend.store(), key) if key else None

    def keep(
        self, data: bytes, how: How, limits: Limits, *, name: str, instead: str | None = None
    ) -> None:
        """Keep what was brought; what is no picture is told, and takes the place of the last."""
        self.tell(None)
        try:
            with reading.reading(name, self.expect_nothing) as run:
                framing = None if how == "drawn" else self.framing
                key = keep(
                    backend.store(),
                    data,
                    how,
                    limits=limits,
                    framing=framing,
                    instead=instead,
                    run=run,
                )
            session.remember(key)
            url_state.write(self.at, key)
        except AecoreError as problem:
            url_state.write(self.at, "")
            self.tell(problem)

    def expect(self) -> None:
        """A file was chosen, a photograph taken, or either given up: it is read when it is asked
        for."""
        st.session_state[f"own.is_new.{self.at}"] = True

    def expect_nothing(self) -> None:
        st.session_state[f"own.is_new.{self.at}"] = False

    @property
    def is_expecting(self) -> bool:
        return bool(st.session_state.get(f"own.is_new.{self.at}"))

    def tell(self, problem: AecoreError | None) -> None:
        st.session_state[f"own.problem.{self.at}"] = problem

    def drop(self) -> None:
        """Show it no more; whoever has the link still finds it."""
        url_state.write(self.at, "")
        self.tell(None)

    @property
    def is_mine(self) -> bool:
        """Whether this session brought what the address names."""
        try:
            return mine.is_mine(url_state.read(self.at))
        except SpecError:
            return False

    def delete(self) -> None:
        """Remove the picture for good where this session brought it, and from the page."""
        with errors.shown():
            if self.is_mine:
                store, who = backend.store(), session.session_id()
                remove(store, removal_of(store, url_state.read(self.at), who), who)
            self.remove()

    def remove(self) -> None:
        """Show it no more, and let the widgets begin anew."""
        self.drop()
        st.session_state[f"own.round.{self.at}"] = self.round + 1

    def button(self, label: str, icon: str) -> None:
        """What takes the picture off the page."""
        st.button(label, key=f"{self.at}.remove", icon=f":material/{icon}:", on_click=self.remove)


def _read(asked: _Asked, widget: str, how: How) -> None:
    """Keep what has come since the page last ran."""
    if not asked.is_expecting:
        return
    file = st.session_state.get(widget)
    if isinstance(file, UploadedFile):
        asked.keep(file.getvalue(), how, PHOTOGRAPH, name=file.name)
        upload_limits.let_go([file])
    elif not isinstance(file, DeletedFile):  # which is what was kept just now
        # The widget stays: who replaces one file by another first gives up the old one, and a
        # new widget would lose what is on its way to this one.
        asked.drop()
    asked.expect_nothing()


def _draw(asked: _Asked, shape: tuple[int, int, int]) -> None:
    """The pad; what is drawn on it further replaces what was kept of the same drawing."""
    mine = f"own.drawn.{asked.at}"
    key = url_state.read(asked.at)
    base = None
    if key and asked.problem is None:
        try:
            found = kept(backend.store(), key)
            base = found.png if found.how == "drawn" else None
        except AecoreError:
            pass  # told below, where the picture would stand
    try:
        png = drawing_pad(shape, key=f"{asked.at}.pad", round_=asked.round, base=base)
    except AecoreError as problem:
        asked.tell(problem)
        return
    if png:
        earlier = st.session_state.get(mine)
        instead = earlier if earlier == key else None
        asked.keep(png, "drawn", _DRAWING, name=_("the drawing"), instead=instead)
        st.session_state[mine] = url_state.read(asked.at)
    elif png is not None:
        url_state.write(asked.at, "")
        asked.tell(None)


def _shown(asked: _Asked, found: KeptPicture, shape: tuple[int, int, int]) -> np.ndarray:
    """The picture as the model gets it, small, with what may be done to it."""
    x = found.fitted(shape, asked.framing)
    with st.container(horizontal=True, vertical_alignment="center", key=f"{asked.at}.shown"):
        place = st.empty()
        if found.how != "drawn":
            if st.toggle(
                _("Swap black and white"),
                key=f"{asked.at}.swap",
                bind="query-params",
                help=_("MNIST's digits are white on black; pen on paper is black on white."),
            ):
                x = 255 - x
        elif is_like_mnist(shape) and st.toggle(
            _("Centre it"),
            value=True,
            key=f"{asked.at}.centre",
            bind="query-params",
            help=_(
                "As in MNIST: the digit is scaled to fit a box of 20 pixels and its centre "
                "of mass is moved to the middle. A model of such digits expects this."
            ),
        ):
            x = centred(found.fitted((1, SIDE_PX, SIDE_PX)), shape[1])
        with st.popover(_("Remove"), icon=":material/delete:"):
            st.caption(
                _("It is deleted, and links to it stop working. Results shown for it are not kept.")
                if asked.is_mine
                else _(
                    "It is removed from this page. Only the person who uploaded it can delete it."
                )
            )
            st.button(
                _("Delete") if asked.is_mine else _("Remove it here"),
                key=f"{asked.at}.remove",
                icon=":material/delete:",
                on_click=asked.delete,
            )
    factor = max(1, _THUMB_PX // max(shape[1:]))
    place.image(enlarge(as_rgb(x[None])[0], factor), output_format="PNG", width=_THUMB_PX)
    return x
