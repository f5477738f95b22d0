# SPDX-License-Identifier: Apache-2.0
"""Tokenizers with the calls of other libraries, for programs written for those.

Only calls that training and serving programs make. What serves a model by transformers itself is
exported instead (Tokenizer.export_huggingface).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from bytepiece_cpp.batches import TokenBatch

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bytepiece_cpp.tokenizer import Tokenizer


class TiktokenAdapter:
    """The calls of tiktoken.Encoding. Special tokens are those of the model.

    >>> encoding = tokenizer.as_tiktoken()
    >>> encoding.encode("chuck a woodchuck"), encoding.n_vocab
    ([264, 100, 265], 266)
    """

    def __init__(self, tokenizer: Tokenizer, name: str = "bytepiece") -> None:
        self._tokenizer = tokenizer
        self.name = name

    @property
    def n_vocab(self) -> int:
        """The number of ids."""
        return self._tokenizer.vocab_size

    @property
    def max_token_value(self) -> int:
        """The largest id."""
        return self._tokenizer.vocab_size - 1

    @property
    def eot_token(self) -> int:
        """The id that ends a document: <eos>."""
        return self._tokenizer.eos_id

    @property
    def special_tokens_set(self) -> set[str]:
        """The texts of the special tokens."""
        return set(self._tokenizer.special_tokens)

    def encode(self, text: str, *, allowed_special: Literal["all"] | Collection[str] = (),
               disallowed_special: Literal["all"] | Collection[str] = "all") -> list[int]:
        """The ids; ValueError where the text spells a special token that is not allowed."""
        return self._tokenizer.encode(text, **self._rule(text, allowed_special, disallowed_special))

    def encode_ordinary(self, text: str) -> list[int]:
        """The ids; special tokens are text."""
        return self._tokenizer.encode(text)

    def encode_to_numpy(self, text: str, *,
                        allowed_special: Literal["all"] | Collection[str] = (),
                        disallowed_special: Literal["all"] | Collection[str] = "all"
                        ) -> NDArray[np.uint32]:
        """As encode, as an array of uint32."""
        return self._tokenizer.encode_array(
            text, **self._rule(text, allowed_special, disallowed_special)).astype(np.uint32)

    def encode_batch(self, text: Sequence[str], *, num_threads: int = 8,
                     allowed_special: Literal["all"] | Collection[str] = (),
                     disallowed_special: Literal["all"] | Collection[str] = "all"
                     ) -> list[list[int]]:
        """The ids of each text."""
        whole = "\0".join(text) if disallowed_special not in ("all", ()) else ""
        return self._tokenizer.encode_batch(
            text, threads=num_threads,
            **self._rule(whole, allowed_special, disallowed_special)).to_lists()

    def encode_ordinary_batch(self, text: Sequence[str], *, num_threads: int = 8
                              ) -> list[list[int]]:
        """The ids of each text; special tokens are text."""
        return self._tokenizer.encode_batch(text, threads=num_threads).to_lists()

    def encode_single_token(self, text_or_bytes: str | bytes) -> int:
        """The id of a token; KeyError if there is none."""
        id = self._tokenizer.token_to_id(text_or_bytes)
        if id is None:
            raise KeyError(text_or_bytes)
        return id

    def decode(self, tokens: Iterable[int], errors: str = "replace") -> str:
        """The text of ids."""
        return self._tokenizer.decode(tokens, errors=errors)

    def decode_bytes(self, tokens: Iterable[int]) -> bytes:
        """The bytes of ids."""
        return self._tokenizer.decode_bytes(tokens)

    def decode_batch(self, batch: Sequence[Sequence[int]], *, errors: str = "replace",
                     num_threads: int = 8) -> list[str]:
        """The text of each row of ids."""
        rows = self._tokenizer.decode_batch(batch, threads=num_threads)
        return [rows.bytes_of(row).decode("utf-8", errors) for row in range(len(rows))]

    def decode_single_token_bytes(self, token: int) -> bytes:
        """The bytes of an id; KeyError if it is none."""
        try:
            return self._tokenizer.id_to_bytes(token)
        except ValueError:
            raise KeyError(token) from None

    def decode_tokens_bytes(self, tokens: Iterable[int]) -> list[bytes]:
        """The bytes of each id."""
        return [self.decode_single_token_bytes(token) for token in tokens]

    def token_byte_values(self) -> list[bytes]:
        """The bytes of all pieces."""
        return [self._tokenizer.id_to_bytes(id) for id in range(3, 3 + self._tokenizer.num_pieces)]

    def _rule(self, text: str, allowed: Literal["all"] | Collection[str],
              disallowed: Literal["all"] | Collection[str]) -> dict[str, Any]:
        names = self.special_tokens_set
        allow = names if allowed == "all" else names & set(allowed)
        if disallowed == "all":
            return {"allow": sorted(allow), "special_tokens":
                    "plain" if allow == names else "forbid"}
        for name in set(disallowed) - allow:
            if name in text:
                raise ValueError(f"the text spells the special token {name!r}, which is not allowed")
        return {"allow": sorted(allow), "special_tokens": "plain"}


class HuggingFaceAdapter:
    """The calls of a transformers tokenizer that training programs make.

    Texts are encoded without control tokens unless add_bos or add_eos of as_huggingface say so;
    add_special_tokens=False leaves those out, too. Special tokens in text are recognised, as
    HuggingFace's do.

    >>> hf = tokenizer.as_huggingface()
    >>> hf(["chuck a woodchuck", "a"], padding=True)["attention_mask"]
    [[1, 1, 1], [1, 0, 0]]
    """

    is_fast = True
    model_input_names = ["input_ids", "attention_mask"]
    pad_token, bos_token, eos_token = "<pad>", "<bos>", "<eos>"
    pad_token_id, bos_token_id, eos_token_id = 0, 1, 2
    unk_token = unk_token_id = None

    def __init__(self, tokenizer: Tokenizer, *, add_bos: bool = False, add_eos: bool = False,
                 padding_side: Literal["left", "right"] = "right",
                 model_max_length: int = 1 << 30) -> None:
        self._tokenizer = tokenizer
        self._around: dict[str, Any] = {"bos": add_bos, "eos": add_eos}
        self.padding_side = padding_side
        self.model_max_length = model_max_length

    @property
    def vocab_size(self) -> int:
        """The number of ids."""
        return self._tokenizer.vocab_size

    def __len__(self) -> int:
        return self._tokenizer.vocab_size

    @property
    def all_special_tokens(self) -> list[str]:
        """Control and special tokens."""
        return [self.pad_token, self.bos_token, self.eos_token, *self._tokenizer.special_tokens]

    @property
    def all_special_ids(self) -> list[int]:
        """Their ids."""
        return [self.convert_tokens_to_ids(token) for token in self.all_special_tokens]

    def get_vocab(self) -> dict[str, int]:
        """Each token's text and id; bytes that are no UTF-8 are surrogates."""
        return {self._text(id): id for id in range(self.vocab_size)}

    def __call__(self, text: str | Sequence[str], *, padding: bool | str = False,
                 truncation: bool | str = False, max_length: int | None = None,
                 return_tensors: Literal["np", "pt"] | None = None,
                 return_attention_mask: bool = True, add_special_tokens: bool = True
                 ) -> dict[str, Any]:
        """A dict of input_ids and attention_mask: lists, or with return_tensors arrays.

        padding: True or "longest"; "max_length", to max_length. truncation: to max_length.
        """
        single = isinstance(text, str)
        batch = self._tokenizer.encode_batch([text] if single else text, special_tokens="allow",
                                             **(self._around if add_special_tokens else {}))
        if truncation:
            batch = _cut(batch, self.model_max_length if max_length is None else max_length)
        encoded = self._padded(batch, padding, max_length, return_tensors)
        if not return_attention_mask:
            del encoded["attention_mask"]
        if single and return_tensors is None:
            return {name: rows[0] for name, rows in encoded.items()}
        return encoded

    def encode(self, text: str, *, add_special_tokens: bool = True, truncation: bool = False,
               max_length: int | None = None) -> list[int]:
        """The ids of a text."""
        ids: list[int] = self(text, add_special_tokens=add_special_tokens, truncation=truncation,
                              max_length=max_length)["input_ids"]
        return ids

    def pad(self, encoded: dict[str, Any] | Sequence[dict[str, Any]], *,
            padding: bool | str = True, max_length: int | None = None,
            return_tensors: Literal["np", "pt"] | None = None) -> dict[str, Any]:
        """Rows of input_ids, of a dict or of several, padded to one length."""
        rows = encoded["input_ids"] if isinstance(encoded, dict) else [
            each["input_ids"] for each in encoded]
        batch = TokenBatch.from_rows(rows, self._tokenizer.dtype)
        return self._padded(batch, padding, max_length, return_tensors)

    def tokenize(self, text: str) -> list[str]:
        """The text of each token."""
        return [self._text(id) for id in self.encode(text, add_special_tokens=False)]

    def decode(self, token_ids: int | Iterable[int], skip_special_tokens: bool = False) -> str:
        """The text of ids; control and special tokens with it, unless they are skipped."""
        ids = [token_ids] if isinstance(token_ids, (int, np.integer)) else token_ids
        return self._tokenizer.decode(ids, control_tokens=not skip_special_tokens,
                                      special_tokens=not skip_special_tokens)

    def batch_decode(self, sequences: Iterable[Any], skip_special_tokens: bool = False
                     ) -> list[str]:
        """The text of each row of ids."""
        return [self.decode(row, skip_special_tokens) for row in sequences]

    def convert_tokens_to_ids(self, tokens: Any) -> Any:
        """The id of a token, or of each of a list; None for none."""
        if isinstance(tokens, str):
            return self._tokenizer.token_to_id(tokens.encode("utf-8", "surrogateescape"))
        return [self.convert_tokens_to_ids(token) for token in tokens]

    def convert_ids_to_tokens(self, ids: Any) -> Any:
        """The text of an id, or of each of several."""
        if isinstance(ids, (int, np.integer)):
            return self._text(int(ids))
        return [self._text(int(id)) for id in ids]

    def _text(self, id: int) -> str:
        return self._tokenizer.id_to_bytes(id).decode("utf-8", "surrogateescape")

    def _padded(self, batch: TokenBatch, padding: bool | str, max_length: int | None,
                return_tensors: str | None) -> dict[str, Any]:
        if not padding and return_tensors is None:
            return {"input_ids": batch.to_lists(),
                    "attention_mask": [[1] * int(length) for length in batch.lengths]}
        longest = int(batch.lengths.max(initial=0))
        if not padding and len(set(batch.lengths.tolist())) > 1:
            raise ValueError("the texts have different lengths; give padding=True")
        width = max(max_length or 0, longest) if padding == "max_length" else longest
        ids, lengths = batch.padded(width, self.padding_side, self.pad_token_id)
        places = np.arange(width)
        if self.padding_side == "left":
            places = places[::-1]
        mask = (places[None, :] < lengths[:, None]).astype(np.int64)
        ids = ids.astype(np.int64)
        if return_tensors is None:
            return {"input_ids": ids.tolist(), "attention_mask": mask.tolist()}
        if return_tensors == "np":
            return {"input_ids": ids, "attention_mask": mask}
        if return_tensors == "pt":
            import torch

            return {"input_ids": torch.from_numpy(ids), "attention_mask": torch.from_numpy(mask)}
        raise ValueError(f'return_tensors is {return_tensors!r}; choose "np" or "pt"')


def _cut(batch: TokenBatch, length: int) -> TokenBatch:
    if length < 0:
        raise ValueError(f"max_length is {length}; it must be 0 or more")
    return TokenBatch.from_rows((row[:length] for row in batch), batch.ids.dtype)
