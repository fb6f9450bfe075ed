"""Short notes in six topics, made up by a seeded generator: texts that ship."""

from __future__ import annotations

import re

import numpy as np

N_NOTES = 900
_SHARED = (
    "To be done again next {time}.",
    "It took longer than planned.",
    "Better than last {time}.",
    "Wrote this down late.",
    "Not finished yet.",
    "The second attempt was right.",
    "Cheaper than expected.",
    "Ask a friend about it.",
)
_TIMES = ("week", "month", "Sunday", "Monday", "spring", "autumn", "year", "weekend")
_PATTERNS = (
    "{Verb} the {noun} with a {quality} {noun}.",
    "{Verb} the {noun} and the {noun}.",
    "I {verb} the {quality} {noun} and the {noun}.",
    "The {noun} was {quality} and {quality}.",
    "The {noun} was {quality}, and I {verb} the {noun}.",
    "A {noun}, a {noun} and a {quality} {noun}.",
    "The {quality} {noun} with the {noun} was {quality}.",
)
_TOPICS: dict[str, tuple[str, str, str]] = {
    "cooking": (
        "dough bread crust flour yeast oven butter onion garlic soup stew sauce pepper salt pan "
        "lemon basil tomato potato cheese rice noodles broth cake sugar honey cream egg recipe "
        "dinner kitchen knife pot spoon",
        "baked simmered kneaded roasted fried chopped stirred tasted seasoned boiled whisked "
        "grated",
        "crisp sweet sour salty tender spicy creamy burnt fresh juicy bitter golden",
    ),
    "garden": (
        "soil compost seedling rose tulip hedge lawn weed root leaf apple tree pear bulb pot "
        "greenhouse bean carrot lettuce slug bee blossom pruning shears spade mulch fertilizer "
        "frost rain barrel bed trellis",
        "planted watered pruned weeded sowed dug mulched transplanted raked harvested trimmed "
        "fertilized",
        "green wilted moist sunny shady ripe overgrown sandy hardy young mossy rotten",
    ),
    "cycling": (
        "chain brake tyre tube saddle pedal gear derailleur spoke wheel rim handlebar fork bell "
        "pump helmet frame crank cassette cable lamp rack pannier route hill gravel trail "
        "descent climb tour mudguard hub",
        "oiled patched pumped tightened cleaned adjusted rode climbed braked replaced shifted",
        "flat steep worn rusty loose squeaky fast slippery dented smooth muddy windy",
    ),
    "music": (
        "guitar piano violin string chord scale melody rhythm song chorus bow tuning metronome "
        "sonata prelude concert rehearsal choir harmony bass drum cymbal reed flute tempo bar "
        "recording microphone amplifier score lesson",
        "practised tuned sang played recorded rehearsed hummed strummed listened conducted "
        "transposed improvised",
        "loud soft sharp slow major minor quiet bright muffled rhythmic dissonant lyrical",
    ),
    "astronomy": (
        "telescope planet moon crater star nebula galaxy comet eclipse orbit eyepiece mirror "
        "tripod constellation meteor horizon cloud filter Saturn Jupiter ring cluster sky "
        "exposure camera magnitude finder Mars Venus dusk satellite",
        "observed focused aligned photographed tracked sketched collimated waited stacked "
        "identified measured pointed",
        "dark faint bright clear blurred distant cold hazy double red steady visible",
    ),
    "money": (
        "budget invoice rent tax refund bank account loan interest insurance receipt salary "
        "saving pension mortgage fee credit card deposit bill payment balance currency "
        "transfer contract discount statement spreadsheet investment share deadline",
        "paid transferred saved invoiced calculated cancelled refunded deducted insured borrowed "
        "signed filed",
        "monthly overdue cheap expensive annual fixed net taxable late free doubled missing",
    ),
}
TOPICS = tuple(_TOPICS)


def notes(n: int = N_NOTES, seed: int = 0) -> tuple[list[str], np.ndarray]:
    """Notes and their topics, as many of each topic.

    A note is two or three sentences whose words are drawn from those of its topic; one in
    three has a sentence that could stand in any, and one in six a sentence of another topic.

    Returns
    -------
    texts, labels
        `n` texts, and int64 `(n,)` indices into `TOPICS`.

    Examples
    --------
    >>> texts, labels = notes(12)
    >>> len(texts), labels.tolist()
    (12, [0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 5])
    >>> notes(12)[0] == texts
    True
    """
    random = np.random.default_rng(seed)
    labels = np.arange(n, dtype=np.int64) % len(TOPICS)
    return [_note(random, TOPICS[label]) for label in labels], labels


def _note(random: np.random.Generator, topic: str) -> str:
    sentences = [_sentence(random, topic) for _ in range(int(random.integers(2, 4)))]
    if random.random() < 1 / 6:
        sentences.append(_sentence(random, str(random.choice(TOPICS))))
    if random.random() < 1 / 3:
        shared = str(random.choice(_SHARED)).format(time=random.choice(_TIMES))
        sentences.insert(int(random.integers(0, len(sentences) + 1)), shared)
    return " ".join(sentences)


def _sentence(random: np.random.Generator, topic: str) -> str:
    nouns, verbs, qualities = (words.split() for words in _TOPICS[topic])
    pattern = str(random.choice(_PATTERNS))
    found = []
    for piece in pattern.replace("{Verb}", "{VERB}").split("{"):
        slot, _, rest = piece.rpartition("}")
        word = {
            "noun": nouns,
            "verb": verbs,
            "VERB": verbs,
            "quality": qualities,
            "time": list(_TIMES),
        }.get(slot)
        chosen = "" if word is None else str(random.choice(word))
        found.append((chosen.capitalize() if slot == "VERB" else chosen) + rest)
    return re.sub(r"\b([Aa]) (?=[aeiou])", r"\1n ", "".join(found))
