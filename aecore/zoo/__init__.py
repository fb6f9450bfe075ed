"""The families of the literature as recipes: settings, reference, and what to look for."""

from aecore.zoo.autoencoders import AUTOENCODERS
from aecore.zoo.counts import COUNTS
from aecore.zoo.generative import GENERATIVE
from aecore.zoo.recipe import Recipe
from aecore.zoo.tables import TABLES
from aecore.zoo.texts import TEXTS

ZOO: tuple[Recipe, ...] = (*AUTOENCODERS, *GENERATIVE, *COUNTS, *TEXTS, *TABLES)
