// SPDX-License-Identifier: Apache-2.0
#include "trainer/grow/pass_sink.h"

#include <algorithm>

namespace bytepiece {

bool PassSink::Update(const Progress& progress) {
  Progress all = progress;
  all.done += ended_ * progress.total;
  all.readings = ended_ + planned_;
  all.total = all.readings * progress.total;
  return sink_ == nullptr || sink_->Update(all);
}

void PassSink::EndPass() {
  ++ended_;
  planned_ = std::max(planned_ - 1, 1);
}

}  // namespace bytepiece
