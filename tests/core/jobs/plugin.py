"""Imported by workers in tests: from then on their jobs only count."""

from tests.core.jobs import fakes

fakes.install()
