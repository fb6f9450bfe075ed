"""Without place and camera, nothing that tells of either is in the file, whatever its kind."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms, TiffImagePlugin
from PIL.PngImagePlugin import PngInfo

from aecore.imaging.decode_tasks import cleaned
from aecore.imaging.photo_writing import write_photo
from aecore.imaging.photos import ORIENTATION, read_photo
from aecore.imaging.private_photos import without_place_and_camera

EXIF_IFD, GPS_IFD, IPTC, XMP, MAKER_NOTE = 0x8769, 0x8825, 33723, 700, 0x927C
TAKEN, EXPOSURE, ISO = 36867, 33434, 34855
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
SECRET = b"SECRET"
KINDS = ["JPEG", "PNG", "WEBP", "TIFF", "TIFF of 16 bits", "PNG of 16 bits"]


def notes() -> Image.Exif:
    """All that tells where, with what and by whom, each with the word that must not be found."""
    exif = Image.Exif()
    word = SECRET.decode()
    for tag in (270, 271, 272, 305, 315, 316, 33432, 42033):
        exif[tag] = f"{word} {tag}"
    exif[306] = "2026:11:21 20:00:00"
    exif[ORIENTATION] = 6
    exif[XMP] = SECRET + b" xmp"
    exif[IPTC] = SECRET + b" iptc"
    exif[EXIF_IFD] = {
        TAKEN: "2026:11:21 20:00:00",
        36868: f"{word}:11:21",
        EXPOSURE: TiffImagePlugin.IFDRational(1, 60),
        ISO: 400,
        **{tag: f"{word} {tag}" for tag in (42032, 42033, 42035, 42036, 42037, 42016, 36881)},
        MAKER_NOTE: SECRET + b" maker",
        0x9286: SECRET + b" comment",
        34850: SECRET + b" where a number belongs",
    }
    exif[GPS_IFD] = {1: "N", 2: (52.0, 31.0, 12.0), 29: f"{word} date", 27: SECRET + b" method"}
    return exif


def file_of(kind: str) -> bytes:
    x = np.random.default_rng(0).integers(0, 256, (40, 30, 3), np.uint8)
    file = io.BytesIO()
    if kind.endswith("16 bits"):
        return deep(kind, x)
    options: dict[str, object] = {"exif": notes().tobytes(), "icc_profile": SRGB}
    if kind == "PNG":
        info = PngInfo()
        info.add_itxt("XML:com.adobe.xmp", f"{SECRET.decode()} xmp")
        info.add_text("Author", f"{SECRET.decode()} author")
        options["pnginfo"] = info
    if kind in ("JPEG", "WEBP"):
        options["xmp"] = SECRET + b" xmp"
    if kind == "WEBP":
        options["lossless"] = True
    if kind == "JPEG":
        options["comment"] = SECRET + b" comment"
    Image.fromarray(x).save(file, kind, **options)
    return file.getvalue()


def deep(kind: str, x: np.ndarray) -> bytes:
    from tifffile import imwrite

    from aecore.imaging.photo_writing import png

    wide = x.astype(np.uint16) * 257
    if kind.startswith("PNG"):
        return png(wide, icc=SRGB, exif=notes().tobytes())
    file = io.BytesIO()
    texts = [(tag, "s", 0, f"{SECRET.decode()} {tag}", True) for tag in (271, 272, 315)]
    imwrite(file, wide, photometric="rgb", metadata=None, iccprofile=SRGB, extratags=texts)
    return file.getvalue()


@pytest.mark.parametrize("kind", KINDS)
def test_place_camera_and_owner_are_gone_and_the_picture_is_the_same(
    kind: str, tmp_path: Path
) -> None:
    came = file_of(kind)
    assert SECRET in came
    photo = read_photo(came)
    private = without_place_and_camera(photo)
    written = write_photo(private)
    assert SECRET not in written
    image = Image.open(io.BytesIO(written))
    exif = image.getexif()
    assert not exif.get_ifd(GPS_IFD)
    assert 271 not in exif
    assert exif.get(ORIENTATION, 1) == 1
    again = read_photo(written)
    assert again.icc == photo.icc == SRGB
    if kind != "JPEG":
        assert np.array_equal(again.x, photo.x)
    if not kind.endswith("16 bits") or kind.startswith("PNG"):
        inner = exif.get_ifd(EXIF_IFD)
        assert exif[306] == inner[TAKEN] == "2026:11:21 20:00:00"
        assert (float(inner[EXPOSURE]), inner[ISO]) == (pytest.approx(1 / 60), 400)
        assert set(inner) == {TAKEN, EXPOSURE, ISO}
        assert SECRET in write_photo(photo)  # as long as nobody asks for it
    # and by the task that writes what is taken home
    path, pixels, out = tmp_path / "came", tmp_path / "x.npy", tmp_path / "out"
    path.write_bytes(came)
    np.save(pixels, photo.x)
    cleaned(str(path), str(pixels), 1.0, str(out), is_private=True)
    assert SECRET not in out.read_bytes()


def test_a_photograph_without_notes_stays_as_it_is() -> None:
    file = io.BytesIO()
    Image.new("RGB", (8, 8)).save(file, "PNG")
    photo = read_photo(file.getvalue())
    assert without_place_and_camera(photo) is photo
