# SPDX-License-Identifier: Apache-2.0
"""A byte-level Unigram tokenizer: training, encoding, exact sampling.

>>> import bytepiece_cpp
>>> texts = ["how much wood would a woodchuck chuck", "if a woodchuck could chuck wood"]
>>> model = bytepiece_cpp.train(texts, vocab_size=300)
>>> tokenizer = model.tokenizer()
>>> tokenizer.encode("chuck a woodchuck")
[264, 100, 265]

Start with Tokenizer and train; what else there is: encode_files, Segmentations, StreamingEncoder,
StreamingDecoder, and the modules blocks and torch (training data), reference and adapters (for
programs written for other tokenizers).
"""

from importlib import metadata as _metadata

from bytepiece_cpp._core import StreamingDecoder, StreamingEncoder
from bytepiece_cpp.batches import TextBatch, TokenBatch
from bytepiece_cpp.files import EncodedFile, encode_files
from bytepiece_cpp.models import Model
from bytepiece_cpp.progress import Progress
from bytepiece_cpp.segmentations import Covers, Distinct, Marginals, NBest, Segmentations
from bytepiece_cpp.tokenizer import Tokenizer
from bytepiece_cpp.training import train

__all__ = [
    "Covers", "Distinct", "EncodedFile", "Marginals", "Model", "NBest", "Progress", "Segmentations",
    "StreamingDecoder", "StreamingEncoder", "TextBatch", "TokenBatch", "Tokenizer", "encode_files",
    "train",
]

try:
    __version__ = _metadata.version("bytepiece-cpp")
except _metadata.PackageNotFoundError:  # used from a build folder
    __version__ = "0+build"
