"""In the place of a GPU: what one could not do is refused, and what is recorded is done again."""

from __future__ import annotations

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

_WAITING = {
    "_local_scalar_dense",  # .item(), float(), if
    "equal",
    "is_nonzero",
    "lift_fresh",  # torch.tensor([...]): a copy from the host
    "bincount",
    "masked_select",
    "nonzero",
    "repeat_interleave",
    "_unique2",
    "unique_dim",
    "unique_consecutive",
}
_WIDE = {torch.float64, torch.complex128}


def name_of(function):
    return function.overloadpacket.__name__


class WaitingError(RuntimeError):
    """An operation for which a GPU and its host would wait for each other."""


class NoWaiting(TorchDispatchMode):
    """Refuses what depends on values that stand on the device, or copies values to it."""

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        name = name_of(func)
        masks = name.startswith(("index", "_index")) and any(
            isinstance(a, torch.Tensor) and a.dtype in (torch.bool, torch.uint8)
            for a in tree_leaves(args[1])
        )
        if name in _WAITING or masks:
            raise WaitingError(f"{func} looks at values")
        return func(*args, **(kwargs or {}))


class NoDoubles(TorchDispatchMode):
    """Refuses float64, which Apple's GPU does not have and others are slow at."""

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        out = func(*args, **(kwargs or {}))
        if any(isinstance(t, torch.Tensor) and t.dtype in _WIDE for t in tree_leaves(out)):
            raise TypeError(f"{func} gives float64")
        return out


class Recorded(NoWaiting):
    """A graph (`captured.Graph`): every operation of a step, done again into the same memory.

    What is not an operation on tensors, such as a number that Python worked out, stays as it was
    when it was recorded, as on a GPU.

    Parameters
    ----------
    at
        The training that is recorded; recording leaves it as it was.
    """

    def __init__(self, at):
        super().__init__()
        self._at = at
        self._calls = []
        self.n_warm = self.n_recorded = self.n_replayed = 0

    def warm(self, function):
        self.n_warm += 1
        with NoWaiting():
            return function()

    def record(self, function, generator):
        self.n_recorded += 1
        at = self._at
        tensors = [*at.model.state_dict().values(), *at.partners.state_dict().values()]
        for optimizer in filter(None, (at.optimizer, at.partner_optimizer)):
            tensors += [t for state in optimizer.state.values() for t in state.values()]
        before = [t.clone() for t in tensors]
        seed = generator.get_state()
        with self:
            values = function()
        with torch.no_grad():
            for tensor, was in zip(tensors, before, strict=True):
                tensor.copy_(was)
        generator.set_state(seed)
        return values

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        out = super().__torch_dispatch__(func, types, args, kwargs)
        self._calls.append((func, args, kwargs or {}, out))
        return out

    @torch.no_grad()
    def replay(self):
        self.n_replayed += 1
        for func, args, kwargs, out in self._calls:
            again = func(*args, **kwargs)
            for old, new in zip(tree_leaves(out), tree_leaves(again), strict=True):
                if isinstance(old, torch.Tensor) and old.data_ptr() != new.data_ptr():
                    old.copy_(new)


class Refusing(Recorded):
    """A GPU on which an operation cannot be recorded, found out half way."""

    def record(self, function, generator):
        self.n_recorded += 1
        torch.rand(7, generator=generator)
        raise RuntimeError("CUDA error: operation not permitted when stream is capturing")
