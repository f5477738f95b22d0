// SPDX-License-Identifier: Apache-2.0
#include <iostream>

int main() {
  std::cerr << "bytepiece " BYTEPIECE_VERSION << ": no command is built in yet\n";
  return 2;
}
