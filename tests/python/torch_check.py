# SPDX-License-Identifier: Apache-2.0
"""What processes_test.py asks of bytepiece_cpp.torch, run by a Python that has torch.

usage: torch_check.py TIMES
"""

import sys

import torch
from bytepiece_cpp.blocks import TokenBlocks
from bytepiece_cpp.torch import TokenDataset
from support import chat, sentences
from torch.utils.data import DataLoader

TEXTS = sentences(300)
SIZE = 16


def dataset(**options):
    return TokenDataset(chat(), TEXTS, SIZE, alpha=0.2, seed=5, **options)


def rows(loader):
    return [row for batch in loader for row in batch.tolist()]


def expected(workers, epoch, rank=0, ranks=1):
    """The blocks of all workers together."""
    found = []
    for worker in range(workers):
        shard = (rank * workers + worker, ranks * workers)
        blocks = TokenBlocks(chat(), TEXTS, SIZE, alpha=0.2, seed=5, shard=shard)
        blocks.set_epoch(epoch)
        found += [block.tolist() for block in blocks]
    return sorted(found)


def check_loaders(times):
    for method in ("fork", "forkserver", "spawn"):
        for epoch in range(times):
            data = dataset()
            data.set_epoch(epoch)
            loader = DataLoader(data, batch_size=8, num_workers=4, multiprocessing_context=method,
                                timeout=120)
            assert sorted(rows(loader)) == expected(4, epoch), method


def check_persistent_workers_go_on():
    loader = DataLoader(dataset(), batch_size=8, num_workers=2, persistent_workers=True)
    for epoch in range(3):
        assert sorted(rows(loader)) == expected(2, epoch), epoch


def check_ranks():
    for rank in range(2):
        data = dataset(rank=rank, world_size=2)
        assert sorted(rows(DataLoader(data, batch_size=4))) == expected(1, 0, rank, 2)


def check_state():
    data = dataset()
    whole = [block.tolist() for _ in range(2) for block in data]
    assert data.state_dict()["epoch"] == 2
    first = dataset()
    taken = []
    for block in first:
        taken.append(block.tolist())
        if len(taken) == 7:
            break
    second = dataset()
    second.load_state_dict(first.state_dict())
    taken += [block.tolist() for block in second]
    taken += [block.tolist() for block in second]
    assert taken == whole


def main():
    block = next(iter(dataset()))
    assert block.dtype == torch.int64 and block.shape == (SIZE,)
    check_state()
    check_ranks()
    check_persistent_workers_go_on()
    check_loaders(int(sys.argv[1]))
    print("all is well")


if __name__ == "__main__":
    main()
