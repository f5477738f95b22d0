# SPDX-License-Identifier: Apache-2.0
# The public face: these headers are installed, each compiles alone, and the shared library shows
# what they mark with BYTEPIECE_EXPORT. Nothing else is promised to anybody.
set(BYTEPIECE_PUBLIC_HEADERS
  # Text to ids and back.
  bytepiece/tokenizer.h
  bytepiece/worker.h
  bytepiece/encode_options.h
  bytepiece/batch.h
  bytepiece/streaming_encoder.h
  bytepiece/streaming_decoder.h
  # All of this for C.
  bytepiece/bytepiece.h
  # What else can be asked of a tokenizer.
  bytepiece/segmentations.h
  bytepiece/prefix/prefix_index.h
  bytepiece/prefix/prefix_paths.h
  bytepiece/prefix/token_covers.h
  # Models.
  bytepiece/model/model.h
  bytepiece/model/score_kind.h
  bytepiece/model/model_format.h
  bytepiece/model/model_io.h
  bytepiece/model/trainer_spec.h
  bytepiece/model/vocabulary.h
  # Models as other libraries read them.
  bytepiece/export/huggingface.h
  bytepiece/export/sentencepiece.h
  # Files of ids.
  bytepiece/token_files/token_file.h
  bytepiece/token_files/token_reader.h
  bytepiece/token_files/token_writer.h
  # Documents and training.
  corpus/corpus.h
  corpus/corpus_options.h
  corpus/corpus_shard.h
  corpus/document_part.h
  corpus/document_source.h
  corpus/input_files.h
  corpus/input_notes.h
  trainer/trainer.h
  trainer/setup/options.h
  # What the others speak of.
  bytepiece/base/export.h
  bytepiece/base/progress.h
  bytepiece/base/types.h
  bytepiece/sampling/sampling_method.h)
