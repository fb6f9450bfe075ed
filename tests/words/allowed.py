"""What is not translated although it reads like words, each with the reason."""

from __future__ import annotations

TERMINAL = "is printed in the terminal"
NAME = "a name that is data from then on"
REFERENCE = "a reference to a paper"
PROGRAMS = "is read by programs"
ENGLISH = "what other programs say, to be recognised"
FILES = {
    "aecore/__init__.py": "names of the library",
    "aecore/data/notes.py": "texts that ship, as data",
    "aecore/data/planted_baskets.py": "names of things that ship, as data",
    "aecore/jobs/worker.py": "help of a process that the app starts",
    "aecore/photos/training/textures.py": "names of textures, for who trains",
    "pages/ui/app/gate.py": "answers of the server to requests that no page makes",
    "pages/ui/app/middleware.py": "headers of HTTP",
    "pages/ui/pseudo.py": "the made-up language",
    "pages/ui/translation.py": "what translates",
}
"""Files that are not looked at."""
ALLOWED: dict[str, dict[str, str]] = {
    "aecore/claims.py": {"lease ⟨⟩": PROGRAMS},
    "aecore/data/archives.py": {"system volume information": ENGLISH},
    "aecore/data/arrays.py": {"array ⟨⟩": PROGRAMS},
    "aecore/data/content.py": {"large: ⟨⟩": PROGRAMS, "not readable: ⟨⟩": PROGRAMS},
    "aecore/data/label_table.py": {"column ⟨⟩": NAME},
    "aecore/data/public.py": {"ankle boot": NAME, "person ⟨⟩": NAME},
    "aecore/data/row_values.py": {"column ⟨⟩": NAME},
    "aecore/data/sensors.py": {"stuck thermometer": NAME, "wrong current": NAME},
    "aecore/data/table_columns.py": {"unnamed: 0": ENGLISH, "⟨⟩ missing": NAME},
    "aecore/data/table_files.py": {"column ⟨⟩": NAME},
    "aecore/data/text_files.py": {"line ⟨⟩": NAME, "row ⟨⟩": NAME},
    "aecore/data/uploads.py": {"folder ⟨⟩": PROGRAMS},
    "aecore/export/one_page.py": {
        "default-src 'none'; script-src 'unsafe-inline' blob:; worker-src blob:; "
        "style-src 'unsafe-inline'; img-src blob: data:": PROGRAMS,
        "const WORDS = ⟨⟩, LOCALE = ⟨⟩;\n": PROGRAMS,
        "export default ⟨⟩;": PROGRAMS,
    },
    "aecore/export/portable_layers.py": dict.fromkeys(
        ("Identity", "Tanh", "Sigmoid", "Softplus"), PROGRAMS
    ),
    "aecore/export/suggestion_table.py": dict.fromkeys(
        ("strongest reason", "change of the score"), "a column of a table for other programs"
    ),
    "aecore/export/thumbnails.py": {"webp 80 1": PROGRAMS},
    "aecore/figures/levels.py": {"top right": PROGRAMS, "bottom right": PROGRAMS},
    "aecore/figures/reasons.py": {"%{hovertext}: %{x:+.3f}<extra></extra>": PROGRAMS},
    "aecore/imaging/file_bounds.py": dict.fromkeys(("SGI LogLuv", "Zstandard"), NAME),
    "aecore/imaging/photos.py": dict.fromkeys(
        ("JPEG, PNG, TIFF, WebP, AVIF, BMP or PGM", "PGM or PPM"), "names of formats"
    ),
    "aecore/imaging/picture_kinds.py": dict.fromkeys(
        (
            "PNG, JPEG, WebP, AVIF, BMP, TIFF, GIF or PGM",
            *("Fujifilm", "Canon", "Olympus", "Panasonic", "Minolta", "Sigma"),
        ),
        "names of formats and makers",
    ),
    "aecore/jobs/__init__.py": {"Engine": PROGRAMS},
    "aecore/jobs/askers.py": {"command line": PROGRAMS},
    "aecore/jobs/engine.py": {"The queue of jobs met a problem and tries again.": TERMINAL},
    "aecore/jobs/perform.py": dict.fromkeys(
        ("can't allocate memory", "not enough memory", "MPS backend out of memory"), ENGLISH
    ),
    "aecore/jobs/process.py": {"worker ⟨⟩": PROGRAMS},
    "aecore/jobs/queue.py": {"visitor ⟨⟩": TERMINAL},
    "aecore/maps/layouts/umap.py": {"{n} {total}": PROGRAMS},
    "aecore/metrics/versus.py": {"not significant": "compared, and said by the page"},
    "aecore/recipes.py": {"Named": PROGRAMS},
    "aecore/sklearn/__init__.py": {"Autoencoder": PROGRAMS},
    "aecore/training/pretrain.py": {"layer ⟨⟩": "a name in histories, said by the page"},
    "aecore/studies/anomaly/elbo.py": {
        "An & Cho 2015, SNU Data Mining Center; Kingma & Welling 2014, arXiv:1312.6114": REFERENCE
    },
    "aecore/studies/anomaly/neighbours.py": {"Ramaswamy, Rastogi & Shim 2000, SIGMOD": REFERENCE},
    "aecore/studies/anomaly/rapp.py": {"Kim et al. 2020, ICLR (RaPP)": REFERENCE},
    "aecore/studies/recommend/baselines.py": dict.fromkeys(
        ("Steck 2019, WWW, arXiv:1905.03375", "Cremonesi, Koren & Turrin 2010, RecSys"), REFERENCE
    ),
    "aecore/training/cures.py": dict.fromkeys(
        (
            *("Posterior collapse", "Codebook collapse", "Dead code", "Training diverged"),
            *("The critic of the codes has won", "no better than the mean picture"),
            *("Overfitting since", "Worse than PCA", "Still learning"),
        ),
        "what the doctor's notes are recognised by",
    ),
    "pages/ui/invitation.py": {
        "\n  Teacher's key, for the page Jobs (keep it to yourself): ⟨⟩": TERMINAL,
        "This machine is not on a network, so nobody else can open the app.": TERMINAL,
        "Your class opens ⟨⟩": TERMINAL,
        "Your class types": TERMINAL,
        "or scans": TERMINAL,
        "If that does not answer: ⟨⟩": TERMINAL,
    },
    "pages/ui/thumbnails.py": {"public, max-age=31536000, immutable": "a header of HTTP"},
    "pages/ui/cookie.py": {"session ⟨⟩": "what is signed, not shown"},
    "pages/ui/upload_limits.py": {
        "No page asked for this file.": "an answer to no page",
        "Say how long the file is.": "an answer to no page",
    },
}
"""File to text (⟨⟩ for each value) to reason."""
