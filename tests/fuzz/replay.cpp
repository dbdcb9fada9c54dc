// Runs a fuzz target over files: every find and every seed stays as an ordinary test, with any compiler. Given
// --random COUNT [SEED] it makes inputs itself; the one that ended the run is in ./last-random-input.
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <random>
#include <string>
#include <string_view>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

int run_random(unsigned long count, unsigned long seed) {
  std::mt19937_64 random(seed);
  for (unsigned long i = 0; i < count; ++i) {
    std::vector<char> bytes(random() % 400);
    for (char& byte : bytes) byte = static_cast<char>(random());
    std::ofstream("last-random-input", std::ios::binary)
        .write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
  }
  std::filesystem::remove("last-random-input");
  std::cout << count << " random inputs\n";
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc > 2 && std::string_view(argv[1]) == "--random")
    return run_random(std::stoul(argv[2]), argc > 3 ? std::stoul(argv[3]) : std::random_device{}());
  int files = 0;
  for (const char* folder : std::vector<const char*>(argv + 1, argv + argc)) {
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
      std::ifstream file(entry.path(), std::ios::binary);
      const std::vector<char> bytes(std::istreambuf_iterator<char>(file), {});
      std::cout << entry.path().filename() << std::endl;
      LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
      ++files;
    }
  }
  std::cout << files << " files\n";
  return files > 0 ? 0 : 1;
}
