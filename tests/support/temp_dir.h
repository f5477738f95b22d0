// SPDX-License-Identifier: Apache-2.0
// A folder of its own for one test, gone with all it holds when the test ends.
#pragma once

#include <string>
#include <string_view>

namespace bytepiece {

class TempDir {
 public:
  TempDir();
  ~TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  const std::string& path() const { return path_; }
  // The path of `name` in the folder; nothing is created.
  std::string File(std::string_view name) const { return path_ + "/" + std::string(name); }
  // Creates or replaces the file `name`, and its folders; returns its path.
  std::string Write(std::string_view name, std::string_view bytes) const;

 private:
  std::string path_;
};

}  // namespace bytepiece
