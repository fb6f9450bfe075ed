"""What is not translated although it reads like words, each with the reason."""

from __future__ import annotations

STORED = "a title that is stored, and is data from then on"
TERMINAL = "is printed in the terminal"
FILES = {
    "pages/ui/app/gate.py": "answers of the server to requests that no page makes",
    "pages/ui/app/middleware.py": "headers of HTTP",
    "pages/ui/pseudo.py": "the made-up language",
    "pages/ui/translation.py": "what translates",
}
"""Files that are not looked at."""
ALLOWED: dict[str, dict[str, str]] = {
    "aecore/training/cures.py": dict.fromkeys(
        (
            *("Posterior collapse", "Codebook collapse", "Dead code", "Training diverged"),
            *("The critic of the codes has won", "no better than the mean picture"),
            *("Overfitting since", "Worse than PCA", "Still learning"),
        ),
        "what the doctor's notes are recognised by",
    ),
    "pages/start.py": {"MNIST, 5,000 digits": STORED},
    "pages/ui/data/chooser.py": {"Own pictures: ⟨⟩": STORED},
    "pages/ui/invitation.py": {
        "\n  Teacher's key, for the page Jobs (keep it to yourself): ⟨⟩": TERMINAL,
        "This machine is not on a network, so nobody else can open the app.": TERMINAL,
        "Your class opens ⟨⟩": TERMINAL,
        "Your class types": TERMINAL,
        "or scans": TERMINAL,
        "If that does not answer: ⟨⟩": TERMINAL,
    },
    "pages/ui/shipped_model.py": {"MNIST, 5,000 digits": STORED},
    "pages/ui/thumbnails.py": {"public, max-age=31536000, immutable": "a header of HTTP"},
    "pages/ui/cookie.py": {"session ⟨⟩": "what is signed, not shown"},
    "pages/ui/upload_limits.py": {
        "No page asked for this file.": "an answer to no page",
        "Say how long the file is.": "an answer to no page",
    },
}
"""File to text (⟨⟩ for each value) to reason."""
