"""Run a spec somewhere else: the queue, the workers, and how a job stands."""

from aecore.jobs.engine import Engine, engine
from aecore.jobs.perform import perform
from aecore.jobs.view import JobView, look

__all__ = ["Engine", "JobView", "engine", "look", "perform"]
