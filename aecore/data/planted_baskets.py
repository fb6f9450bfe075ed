"""Baskets made by us: customers of a grocery whose tastes are planted."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from scipy import sparse

from aecore.data.arrays import Arrays
from aecore.data.sparse_rows import SparseRows
from aecore.sentence import Sentence

N_PEOPLE = 2000
TASTES: dict[str, tuple[str, ...]] = {
    "baking": (
        "wheat flour", "sugar", "butter", "eggs", "baking powder", "vanilla", "cocoa",
        "dark chocolate", "almonds", "yeast", "icing sugar", "cream", "walnuts", "raisins",
        "cinnamon",
    ),
    "breakfast": (
        "oats", "muesli", "milk", "yoghurt", "honey", "bananas", "coffee", "orange juice",
        "toast bread", "strawberry jam", "blueberries", "croissants", "maple syrup", "apples",
        "peanut butter",
    ),
    "italian": (
        "spaghetti", "tinned tomatoes", "parmesan", "olive oil", "basil", "garlic", "mozzarella",
        "risotto rice", "penne", "pesto", "olives", "red wine", "rocket", "pine nuts", "capers",
    ),
    "asian": (
        "jasmine rice", "soy sauce", "ginger", "tofu", "coconut milk", "rice noodles",
        "spring onions", "sesame oil", "curry paste", "lemongrass", "bean sprouts", "fish sauce",
        "chillies", "pak choi", "miso",
    ),
    "barbecue": (
        "charcoal", "sausages", "steak", "burger buns", "ketchup", "mustard", "beer", "crisps",
        "corn on the cob", "chicken wings", "coleslaw", "pickled gherkins", "lemonade",
        "marinade", "firelighters",
    ),
    "vegetarian": (
        "lentils", "chickpeas", "spinach", "hummus", "tahini", "carrots", "broccoli", "quinoa",
        "feta", "aubergines", "red lentils", "sweet potatoes", "avocados", "lemons", "couscous",
    ),
    "baby": (
        "nappies", "wet wipes", "baby porridge", "carrot puree", "apple puree", "baby milk",
        "baby shampoo", "teething rusks", "bibs", "pear puree", "nappy cream", "baby bottles",
        "fennel tea", "soft cloths", "bath foam",
    ),
    "pets": (
        "cat food", "cat litter", "dog food", "dog biscuits", "bird seed", "chew bones",
        "cat treats", "hay", "fish flakes", "flea collar", "dog shampoo", "straw",
        "scratching post", "tennis balls", "waste bags",
    ),
}  # fmt: skip
"""Eight tastes and what belongs to each, the most frequent first."""
_SECOND = 0.4
"""Share of customers with a second taste."""
_ANY = 0.12
"""Share of a basket that has nothing to do with taste."""


@lru_cache(maxsize=1)
def baskets(seed: int = 23) -> Arrays:
    """2,000 customers x 120 things, 1 where a customer buys a thing; the label is the main taste.

    A taste prefers its things by 1 / rank. A customer's preference is a mixture of one taste or
    two and of all things; a basket of 5 to 30 different things is drawn from it without
    replacement (Gumbel's trick, Efraimidis & Spirakis 2006, Information Processing Letters 97).
    """
    rng = np.random.default_rng(seed)
    things = tuple(thing for each in TASTES.values() for thing in each)
    n_tastes, n_each = len(TASTES), len(things) // len(TASTES)
    liking = np.zeros((n_tastes, len(things)))
    for taste in range(n_tastes):
        liking[taste, taste * n_each : (taste + 1) * n_each] = 1.0 / np.arange(2, n_each + 2)
    liking /= liking.sum(1, keepdims=True)
    main = rng.integers(0, n_tastes, N_PEOPLE)
    other = (main + rng.integers(1, n_tastes, N_PEOPLE)) % n_tastes
    share = np.where(rng.random(N_PEOPLE) < _SECOND, rng.uniform(0.2, 0.5, N_PEOPLE), 0.0)
    general = liking.mean(0)
    preference = (1 - _ANY) * (
        (1 - share)[:, None] * liking[main] + share[:, None] * liking[other]
    ) + _ANY * general  # (n_people, n_things)
    order = np.argsort(-(np.log(preference) + rng.gumbel(size=preference.shape)), axis=1)
    n_things = np.clip(np.rint(rng.lognormal(2.3, 0.4, N_PEOPLE)), 5, 30).astype(int)
    is_bought = np.arange(len(things)) < n_things[:, None]
    rows, ranks = np.nonzero(is_bought)
    ones = np.ones(len(rows), np.float32)
    matrix = sparse.csr_array((ones, (rows, order[rows, ranks])), shape=preference.shape)
    return Arrays(
        SparseRows(matrix),
        main.astype(np.int64),
        tuple(TASTES),
        told=(Sentence("Made by us: the label of a customer is the planted main taste."),),
        names=tuple(f"customer {i:,}" for i in range(1, N_PEOPLE + 1)),
        feature_names=things,
    )
