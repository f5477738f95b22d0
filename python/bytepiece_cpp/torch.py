# SPDX-License-Identifier: Apache-2.0
"""Training data for PyTorch: TokenBlocks as an iterable dataset. Importing this imports torch.

    from bytepiece_cpp.torch import TokenDataset
    dataset = TokenDataset(tokenizer, texts, block_size=1024, alpha=0.2)
    for epoch in range(3):
        dataset.set_epoch(epoch)
        for block in torch.utils.data.DataLoader(dataset, batch_size=8, num_workers=4):
            ...  # int64, shape (8, 1024)
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import torch
import torch.distributed
import torch.utils.data

from bytepiece_cpp.blocks import TokenBlocks

if TYPE_CHECKING:
    from bytepiece_cpp.tokenizer import Tokenizer


class TokenDataset(torch.utils.data.IterableDataset):  # type: ignore[misc]
    """Blocks of ids as tensors of int64, shape (block_size,), shared among ranks and workers.

    Arguments as those of TokenBlocks, but shard, which rank and worker decide: each document goes
    to one of them, so that ranks * workers shards hold every document once. Other numbers of these
    give other blocks; the segmentations stay the same.

    rank, world_size: of this process; by default those of torch.distributed, if it is initialised.

    Call set_epoch before each epoch, as with DistributedSampler: a DataLoader's workers are copies.
    state_dict and load_state_dict go on within an epoch, of a DataLoader without workers or, with
    them, of torchdata's StatefulDataLoader, which asks each worker.
    """

    def __init__(self, tokenizer: Tokenizer, source: Any, block_size: int, *,
                 rank: int | None = None, world_size: int | None = None,
                 **options: Any) -> None:
        super().__init__()
        if "shard" in options:
            raise TypeError("rank and world_size decide the shard")
        if (rank is None) != (world_size is None):
            raise ValueError("give rank and world_size together")
        self._arguments = (tokenizer, source, block_size)
        self._options = options
        self._rank = rank
        self._world_size = world_size
        self._epoch = 0
        self._loaded: dict[str, Any] | None = None
        self._blocks: TokenBlocks | None = None
        TokenBlocks(*self._arguments, **options)  # wrong arguments are known here, not in a worker

    def set_epoch(self, epoch: int) -> None:
        """The next iteration is of this epoch, from its start."""
        self._epoch = epoch
        self._loaded = None
        self._blocks = None

    def state_dict(self) -> dict[str, Any]:
        """Where this copy of the dataset is."""
        if self._blocks is not None:
            return self._blocks.state_dict()
        if self._loaded is not None:
            return self._loaded
        return {"epoch": self._epoch}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Goes on where another was, with as many ranks and workers."""
        self.set_epoch(state["epoch"])
        self._loaded = dict(state) if "documents" in state else None

    def __iter__(self) -> Iterator[torch.Tensor]:
        blocks = TokenBlocks(*self._arguments, shard=self._shard(), **self._options)
        if self._loaded is not None:
            blocks.load_state_dict(self._loaded)
            self._loaded = None
        elif self._blocks is not None:
            blocks.set_epoch(self._blocks.epoch)
        else:
            blocks.set_epoch(self._epoch)
        self._blocks = blocks
        for block in blocks:
            yield torch.from_numpy(block.astype("int64"))

    def _shard(self) -> tuple[int, int]:
        rank, ranks = 0, 1
        if self._rank is not None and self._world_size is not None:
            rank, ranks = self._rank, self._world_size
        elif torch.distributed.is_available() and torch.distributed.is_initialized():
            rank, ranks = torch.distributed.get_rank(), torch.distributed.get_world_size()
        info = torch.utils.data.get_worker_info()
        worker, workers = (0, 1) if info is None else (info.id, info.num_workers)
        return rank * workers + worker, ranks * workers
