"""Run a spec somewhere else: the queue, the workers, and how a job stands."""

from aecore.jobs.engine import Engine
from aecore.jobs.engines import engine
from aecore.jobs.perform import perform
from aecore.jobs.protocol import JobEngine
from aecore.jobs.queue import QueuedJob, read_queue
from aecore.jobs.view import JobView, look

__all__ = ["Engine", "JobEngine", "JobView", "QueuedJob", "engine", "look", "perform", "read_queue"]
