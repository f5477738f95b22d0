// SPDX-License-Identifier: Apache-2.0
// The plots of the extrapolation experiment: accuracy against the length of the text.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "lm_cli/extrapolation_results.h"

namespace bytepiece::lm {

// SVG by file name. For each kind of text TEXT.svg compares the variants, each in the form it was
// trained in, and TEXT-VARIANT.svg the forms of one of these variants, if it has several. Points
// are means over all positions, bars the range of the seeds.
std::map<std::string, std::string> DrawExtrapolation(const ExtrapolationResults& results,
                                                     const std::vector<std::string>& variants);

// All names that DrawExtrapolation may use.
std::vector<std::string> ExtrapolationPlotNames(const std::vector<std::string>& variants);

}  // namespace bytepiece::lm
