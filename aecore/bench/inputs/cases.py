"""What is expected of each file that people bring, as a case with a verdict."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import numpy as np

from aecore.bench.inputs import files
from aecore.bench.inputs.files import IPTC, NAME, XMP, encoded, noise, tiff
from aecore.errors import AecoreError
from aecore.imaging.photo_writing import write_photo
from aecore.imaging.photograph import upright
from aecore.imaging.photos import read_photo
from aecore.imaging.pictures import decode
from aecore.store import Store

Verdict = Literal["right", "told", "wrong"]


@dataclass(frozen=True)
class Case:
    """One file or folder: its family, what it is, and who judges it."""

    family: str
    name: str
    judge: Callable[[Store], Verdict]


def cases() -> Iterator[Case]:
    """All of them, by family."""
    yield from _depths()
    yield from _orientations()
    yield from _notes()
    yield from _formats()
    yield from _sets()


# Judges ----------------------------------------------------------------------------------


def _equal(a: np.ndarray, b: np.ndarray, atol: float) -> bool:
    return a.shape == b.shape and bool(np.allclose(a.astype(float), b, atol=atol))


def _trained(data: bytes, share: np.ndarray, _: Store, *, atol: float = 1.0) -> Verdict:
    """Brought in to train on: 8 bits of what the values mean, 0 to 1, `(C, H, W)`."""
    try:
        x = decode(data, colour="rgb" if len(share) == 3 else "grey").x
    except AecoreError:
        return "told"
    return "right" if _equal(x, share * 255, atol) else "wrong"


def _cleaned(
    data: bytes, share: np.ndarray | None, kept: tuple[bytes, ...], _: Store, *, atol: float = 1.0
) -> Verdict:
    """Through Photos: the values, twice, and the bytes that must be in the file that goes home."""
    try:
        photo = read_photo(data)
        written = write_photo(photo)
        again = read_photo(written)
    except AecoreError:
        return "told"
    top = np.iinfo(photo.x.dtype).max
    if share is not None and not (
        _equal(photo.x, share * top, atol) and _equal(again.x, share * top, atol)
    ):
        return "wrong"
    if all(piece in written for piece in kept):
        return "right"
    return "told" if photo.said else "wrong"


def of_set(
    members: Mapping[str, bytes] | bytes,
    settings: dict[str, Any],
    is_right: Callable[[Any, Any], bool],
    words: str,
    store: Store,
) -> Verdict:
    """Brought in as a zip; `words` is what the report must say where it is not right."""
    from aecore.data.ingest import compute, open_samples, read_report
    from aecore.data.uploads import receive
    from aecore.specs.data import DataSpec

    content = members if isinstance(members, bytes) else files.zipped(members)
    try:
        upload = receive(store, [("a.zip", content)])
        spec = DataSpec.of(source="own", upload=upload, **settings)
        for _ in compute(spec, store.create(spec), store):
            pass
    except AecoreError as problem:
        return "told" if words and words in str(problem) else "wrong"
    samples, report = open_samples(store, spec.key), read_report(store, spec.key)
    said = " ".join([*report.warnings, *report.told])
    if is_right(samples, report):
        return "told" if words and words in said else "wrong" if words else "right"
    return "wrong"


# Families --------------------------------------------------------------------------------


def both(
    family: str,
    name: str,
    data: bytes,
    share: np.ndarray,
    *,
    atol: float = 1.0,
    as_photo: bool = True,
) -> Iterator[Case]:
    """A file brought in to train on, and (where the values are the same) as a photograph."""
    yield Case(family, f"{name}, to train on", partial(_trained, data, share, atol=atol))
    if as_photo:
        photo = partial(_cleaned, data, share, (), atol=atol)
        yield Case(family, f"{name}, a photograph", photo)


def _depths() -> Iterator[Case]:
    for bits in (9, 10, 12, 14):
        x = np.random.default_rng(bits).integers(0, 2**bits, (16, 17))
        share = x[None] / (2**bits - 1)
        yield from both("depth", f"TIFF of {bits} bits", files.packed_tiff(x, bits), share)
    for dtype in (np.uint8, np.uint16, np.uint32, np.float16, np.float32, np.float64):
        unit = np.random.default_rng(1).random((16, 17, 3))
        is_float = np.issubdtype(dtype, np.floating)
        top = 1 if is_float else np.iinfo(dtype).max  # type: ignore[type-var]
        x = (unit * top).astype(dtype)
        share = (x.astype(np.float64) / top).transpose(2, 0, 1)
        kind = np.dtype(dtype).name
        yield from both("depth", f"{kind} colour", tiff(x, photometric="rgb"), share)
        planes = tiff(x.transpose(2, 0, 1), photometric="rgb", planarconfig="separate")
        yield from both("depth", f"{kind} planes", planes, share)
        white = tiff(x[..., 0], photometric="miniswhite")
        yield from both("depth", f"{kind} white is zero", white, 1 - share[:1])
    for bits in (16, 32):
        x = np.random.default_rng(0).integers(-1000, 3000, (16, 17)).astype(f"int{bits}")
        yield from both("depth", f"signed, {bits} bits", tiff(x), x[None] / 65_535)
    holes = np.random.default_rng(0).random((16, 17)).astype(np.float32)
    holes[3, 3] = np.nan
    yield from both("depth", "floats with a hole", tiff(holes), holes[None])
    yield from both("depth", "floats to 255", tiff(holes[4:] * 255), holes[None, 4:] * 255)
    for n in (5, 7):
        x = noise(16, 17, n)
        data = tiff(x, photometric="rgb", planarconfig="contig")
        yield from both("depth", f"{n} bands", data, x.transpose(2, 0, 1) / 255)
    for top in (255, 1023, 4095, 65_535):
        x = np.random.default_rng(top).integers(0, top + 1, (16, 17))
        data = b"P5 17 16 %d\n" % top + x.astype(">u2" if top > 255 else "u1").tobytes()
        yield from both("depth", f"PGM to {top}", data, x[None] / top)
    for is_associated in (False, True):
        straight = noise(16, 17, 4, dtype=np.uint16) | np.array([0, 0, 0, 0x8000], np.uint16)
        alpha = straight[..., 3:] / 65_535
        stored = straight.copy()
        if is_associated:
            stored[..., :3] = np.rint(straight[..., :3] * alpha)
        word = "assocalpha" if is_associated else "unassalpha"
        data = tiff(stored, photometric="rgb", extrasamples=[word])
        on_white = straight[..., :3] / 65_535 * alpha + 1 - alpha
        name = f"alpha ({word})"
        train = partial(_trained, data, on_white.transpose(2, 0, 1), atol=2)
        yield Case("depth", f"{name}, to train on", train)
        share = straight.transpose(2, 0, 1) / 65_535
        yield Case("depth", f"{name}, a photograph", partial(_cleaned, data, share, (), atol=2))


def _orientations() -> Iterator[Case]:
    for dtype in (np.uint8, np.uint16, np.float32):
        for orientation in range(1, 9):
            unit = np.random.default_rng(2).random((12, 20, 3))
            top = 1 if dtype is np.float32 else np.iinfo(dtype).max  # type: ignore[type-var]
            x: np.ndarray = (unit * top).astype(dtype)
            share = upright((x.astype(np.float64) / top).transpose(2, 0, 1), orientation)
            tags = [(274, "H", 1, orientation, True)]
            data = tiff(x, photometric="rgb", extratags=tags)
            name = f"{np.dtype(dtype).name} TIFF, orientation {orientation}"
            yield from both("orientation", name, data, share)
    for kind in ("PNG", "WEBP"):
        for orientation in range(1, 9):
            x = noise(12, 20, 3)
            options = {"lossless": True} if kind == "WEBP" else {}
            data = encoded(x, kind, exif=_exif(orientation), **options)
            share = upright(x.transpose(2, 0, 1), orientation) / 255
            yield from both("orientation", f"{kind}, orientation {orientation}", data, share)


def _exif(orientation: int = 1) -> bytes:
    from PIL import Image

    notes = Image.Exif()
    notes[0x8298], notes[0x0112] = NAME, orientation
    return notes.tobytes()


def _notes() -> Iterator[Case]:
    x = noise(16, 24, 3)
    for kind in ("JPEG", "PNG", "WEBP", "TIFF"):
        data = encoded(x, kind, exif=_exif())
        kept: tuple[bytes, ...] = (
            (NAME,) if kind != "TIFF" else ()
        )  # Pillow itself writes "?" into a TIFF
        yield Case("notes", f"EXIF in any alphabet, {kind}", partial(_cleaned, data, None, kept))
    for dtype in (np.uint8, np.uint16):
        deep = noise(16, 24, 3, dtype=dtype)
        place = [(33550, "d", 3, (0.5, 0.5, 0.0), True), (34737, "s", 0, "WGS 84|", True)]
        place += [(34735, "H", 4, (1, 1, 0, 0), True)]
        tags = [(33432, "s", 0, NAME, True), (700, 1, len(XMP), XMP, True), *place]
        data = tiff(deep, photometric="rgb", extratags=tags)
        share = deep.transpose(2, 0, 1) / np.iinfo(dtype).max
        kept = (NAME, XMP, b"WGS 84|", np.array([0.5, 0.5, 0.0]).tobytes())
        name = f"copyright, XMP, GeoTIFF, {np.dtype(dtype).name}"
        yield Case("notes", name, partial(_cleaned, data, share, kept))
        odd = tiff(deep, photometric="rgb", extratags=[(65_000, "H", 1, 7, True)])
        name = f"an unknown tag, {np.dtype(dtype).name}"
        yield Case("notes", name, partial(_cleaned, odd, share, (b"\xe8\xfd",)))
    for kind in ("JPEG", "WEBP"):
        yield Case(
            "notes", f"XMP, {kind}", partial(_cleaned, encoded(x, kind, xmp=XMP), None, (XMP,))
        )
    resources = b"Photoshop 3.0\x008BIM\x04\x04\0\0" + len(IPTC).to_bytes(4) + IPTC
    jpeg = files.with_segment(encoded(x, "JPEG"), 0xED, resources)
    yield Case("notes", "IPTC, JPEG", partial(_cleaned, jpeg, None, (IPTC,)))
    png = encoded(x, "PNG")
    for chunk, content in {
        b"gAMA": (100_000).to_bytes(4),
        b"tEXt": b"parameters\0a cat",
        b"iTXt": b"XML:com.adobe.xmp\0\0\0\0\0" + XMP,
        b"cICP": bytes([9, 16, 0, 1]),
        b"orNT": b"1",
    }.items():
        data = files.with_chunk(png, chunk, content)
        yield Case("notes", f"PNG {chunk.decode()}", partial(_cleaned, data, None, (content,)))
    gain = files.animated([x, x[::2, ::2]], "MPO")
    yield Case("notes", "a second picture behind a JPEG", partial(_cleaned, gain, None, (b"MPF",)))
    loud = encoded(noise(240, 320, 3), "JPEG", quality=100, subsampling=0)
    yield Case("notes", "noise at quality 100", partial(_cleaned, loud, None, ()))


def _formats() -> Iterator[Case]:
    flat = np.full((16, 24, 3), 90, np.uint8)
    flat[:, 12:] = 200, 40, 90
    share = flat.transpose(2, 0, 1) / 255
    for kind in ("PNG", "JPEG", "WEBP", "BMP", "TIFF", "PPM", "AVIF"):
        data = encoded(flat, kind)
        atol = 0 if kind in ("PNG", "BMP", "TIFF", "PPM") else 45
        yield Case("formats", f"{kind}, to train on", partial(_trained, data, share, atol=atol))
        photo = partial(_cleaned, data, share, (), atol=atol)
        yield Case("formats", f"{kind}, a photograph", photo)
    for name, data in {
        "camera raw": files.raw_file(),
        "Olympus raw": b"IIRO\x08\0\0\0" + bytes(200),
        "Canon CR3": b"\0\0\0\x18ftypcrx " + bytes(200),
        "JPEG 2000": b"\0\0\0\x0cjP  \r\n\x87\n" + bytes(100),
        "JPEG XL": b"\xff\x0a" + bytes(100),
        "PDF": b"%PDF-1.7" + bytes(100),
        "SVG": b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        "HEIC cut short": b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(100),
    }.items():
        yield from both("formats", name, data, np.zeros((1, 8, 8)))
    for size in ((4016, 6016), (6048, 8064), (9000, 12_000)):
        data = encoded(np.full(size, 120, np.uint8), "JPEG")
        name = f"JPEG of {size[1]} × {size[0]}"
        wanted = partial(of_set, {f"{i}.jpg": data for i in range(4)}, {"size_px": 16})
        yield Case("formats", name, partial(wanted, lambda s, _: (s.x == 120).all(), ""))


def _sets() -> Iterator[Case]:
    def case(
        name: str,
        members: Mapping[str, bytes] | bytes,
        is_right: Callable[[Any, Any], bool],
        words: str = "",
        **settings: Any,
    ) -> Case:
        return Case("sets", name, partial(of_set, members, settings, is_right, words))

    def png(i: int, *shape: int) -> bytes:
        return encoded(noise(*(shape or (20, 20, 3)), seed=i), "PNG")

    plain = {f"{c}/{i}.png": png(10 * ord(c) + i) for c in "ab" for i in range(6)}
    yield case("classes by folders", plain, lambda s, _: s.label_names == ("a", "b"))
    clutter = {f"{c}/@eaDir/{i}.png/SYNO.jpg": png(1) for c in "ab" for i in range(6)}
    clutter |= {
        name: png(1) for name in ("__MACOSX/a/._1.png", "a/thumbs.db", "$RECYCLE.BIN/x.png")
    }
    yield case("clutter", {**plain, **clutter}, lambda s, r: len(s) == 12 and not r.n_unreadable)
    parts = {f"{p}/{name}": data for p in ("train", "test") for name, data in plain.items()}
    yield case(
        "parts by folders",
        parts,
        lambda s, _: s.label_names == ("a", "b") and len(s.parts["test"]) == 12,
        "as the import says",
    )
    tiny = {f"t/train/n{c}/images/{i}.png": png(100 * c + i) for c in range(3) for i in range(6)}
    tiny |= {f"t/val/images/{i}.png": png(900 + i) for i in range(6)}
    yield case(
        "Tiny ImageNet's folders", tiny, lambda s, _: len(s.label_names) == 3, "without a class"
    )
    yield case("no folders", plain, lambda s, _: s.labels is None, folders=False)
    table = "file,label,age\n" + "".join(
        f"{name},{'xy'[i % 2]},{i}\n" for i, name in enumerate(plain)
    )
    yield case(
        "labels.csv",
        {**plain, "labels.csv": table.encode()},
        lambda s, _: s.label_names == ("x", "y") and "age" in s.columns,
    )
    wide = {f"{i}.png": png(i, 32, 128) for i in range(6)}
    yield case("wide pictures", wide, lambda s, _: s.shape == (1, 16, 64))
    yield case("wide pictures cut", wide, lambda s, _: True, "75 % of the pictures", size_px=32)
    for fit, words in (("bars", "is bars"), ("squeeze", "squeezed")):
        how = {"size_px": 32, "fit": fit}
        yield case(f"wide, {fit}", wide, lambda s, _: s.shape == (1, 32, 32), words, **how)
    small = {f"{i}.png": png(i, 32, 32) for i in range(6)}
    yield case("32 × 32 stays", small, lambda s, _: s.shape == (1, 32, 32))
    dim = {
        f"{i}.tif": tiff(np.random.default_rng(i).integers(0, 4096, (20, 20)).astype(np.uint16))
        for i in range(6)
    }
    yield case("12 bits in 16", dim, lambda s, _: True, "what their kind can")
    yield case("12 bits, stretched", dim, lambda s, _: s.x.max() == 255, value_range="set")
    floats = {f"{i}.tif": tiff(np.random.default_rng(i).normal(size=(20, 20))) for i in range(6)}
    yield case("floats, stretched", floats, lambda s, r: len(s) == 6, value_range="set")
    stack = {f"{i}.tif": tiff(noise(5, 20, 20, seed=i), photometric="minisblack") for i in range(6)}
    yield case("stacks", stack, lambda s, _: len(s) == 6, "--frames all")
    yield case("stacks, all pages", stack, lambda s, _: len(s) == 30, "much alike", frames="all")
    moving = {
        f"{i}.gif": files.animated([noise(20, 20, 3, seed=10 * i + k) for k in range(4)], "GIF")
        for i in range(6)
    }
    yield case("animations", moving, lambda s, _: len(s) == 6, "--frames all")
    icons = {}
    for i in range(6):
        icon = np.full((20, 20, 4), 255, np.uint8)
        icon[..., 3] = 255 * np.random.default_rng(i).integers(0, 2, (20, 20))
        icons[f"{i}.png"] = encoded(icon, "PNG")
    yield case("white on transparent", icons, lambda s, _: True, "laid on white")
    yield case("on black", icons, lambda s, r: not r.is_uniform, "laid on black", ground="black")
    mixed = {**{f"{i}.jpg": encoded(noise(20, 20, 3, seed=i), "JPEG") for i in range(6)}}
    mixed |= {f"{i}.dng": files.raw_file() for i in range(2)}
    yield case("raw beside JPEG", mixed, lambda s, r: len(s) == 6, "raw file")
    for code, names in {
        "cp932": ("表紙", "猫"),
        "cp949": ("고양이", "강아지"),
        "gbk": ("中国", "测试"),
        "cp437": ("Größe", "Ärger"),
        "utf-8": ("東京", "Łódź"),
    }.items():
        members = {
            f"{n}/{i}.png".encode(code): png(i + 50 * (n == names[0]))
            for n in names
            for i in range(4)
        }
        yield case(f"names in {code}", files.old_zip(members), partial(has_classes, names))


def has_classes(names: tuple[str, ...], samples: Any, _: Any) -> bool:
    """Whether these are the classes of a set."""
    return set(samples.label_names) == set(names)
