# SPDX-License-Identifier: Apache-2.0
"""All segmentations of a text: the best, how probable pieces are, distinct random ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from bytepiece_cpp import _core
from bytepiece_cpp.batches import Text, TokenBatch

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class NBest(NamedTuple):
    """The best segmentations, best first."""

    rows: TokenBatch
    scores: NDArray[np.float64]
    """In nats, by row."""


class Distinct(NamedTuple):
    """Distinct random segmentations."""

    rows: TokenBatch
    log_probabilities: NDArray[np.float64]
    inclusions: NDArray[np.float64]
    """By row, the probability that it is among so many distinct ones: the sum of
    f(row) * exp(log_probability) / inclusion estimates the mean of f without bias."""


class Marginals(NamedTuple):
    """The pieces that occur in any segmentation, by end, then longest first."""

    ids: NDArray[Any]
    spans: NDArray[np.int64]
    """Shape (n, 2): the half-open range of bytes of the normalised text."""
    probabilities: NDArray[np.float64]
    """That a segmentation has the piece there."""


class CoverGroup(NamedTuple):
    """Covers that share all tokens but the last."""

    begin: int
    """Where the last token begins, in bytes."""
    tokens: NDArray[Any]
    """From Covers.settled_bytes to begin."""
    last: NDArray[Any]
    """The tokens that may stand there."""


class Covers(NamedTuple):
    """How the tokens of a text that goes on may begin."""

    settled: NDArray[Any]
    """The tokens that all longer texts begin with."""
    settled_bytes: int
    groups: list[CoverGroup]


def covers_of(core: _core.Covers, prompt: Text, unfinished_only: bool) -> Covers:
    """The covers of a prompt."""
    settled, settled_bytes, groups = core.of(prompt, unfinished_only)  # type: ignore[arg-type]
    return Covers(settled, settled_bytes, [CoverGroup(*group) for group in groups])


class Segmentations(_core.Segmentations):
    """All segmentations of a text; a segmentation's probability is as exp(alpha * score).

    For analysis, not for encoding: some 200 bytes of memory a byte of text, which may have 1 MB.
    alpha 0 makes all alike, 1 is the model's own.

    >>> every = tokenizer.segmentations("chuck")
    >>> every.nbest(1).rows.to_lists() == [tokenizer.encode("chuck")]
    True
    >>> every.marginals().spans[0].tolist()
    [0, 1]
    """

    def __init__(self, tokenizer: _core.Tokenizer, text: Text) -> None:
        """ValueError for a text of more than 1 MB."""
        super().__init__(tokenizer, text)  # type: ignore[arg-type]

    def nbest(self, n: int) -> NBest:
        """The n of the best scores, best first, or all if they are fewer."""
        ids, offsets, scores = self.nbest_rows(n)
        return NBest(TokenBatch(ids, offsets), scores)

    def distinct(self, k: int, *, alpha: float = 0.2, seed: int = 0, document: int = 0,
                 sample: int = 0) -> Distinct:
        """k distinct segmentations drawn without replacement, or all if they are fewer."""
        ids, offsets, log_probabilities, inclusions = self.distinct_rows(
            k, alpha, seed, document, sample)
        return Distinct(TokenBatch(ids, offsets), log_probabilities, inclusions)

    def marginals(self, *, alpha: float = 1.0) -> Marginals:
        """All pieces that occur, and how probable each is."""
        return Marginals(*self.occurrences(alpha))

    def log_z(self, *, alpha: float = 1.0) -> float:
        """ln of the sum of exp(alpha * score) over all segmentations; for 0, of their number."""
        return self.summary(alpha)[0]

    def entropy(self, *, alpha: float = 1.0) -> float:
        """The entropy of the distribution, in nats."""
        return self.summary(alpha)[1]

    def expected_tokens(self, *, alpha: float = 1.0) -> float:
        """The mean number of tokens of a segmentation."""
        return self.summary(alpha)[2]
