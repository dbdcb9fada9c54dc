// A folder of its own for one test, deleted at its end.
#pragma once
#include <filesystem>
#include <random>
#include <string>

class TempDir {
 public:
  TempDir() : path_(std::filesystem::temp_directory_path() / ("tictactoe-" + std::to_string(std::random_device{}()))) {
    std::filesystem::create_directory(path_);
  }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  ~TempDir() { std::filesystem::remove_all(path_); }
  std::string file(const char* name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};
