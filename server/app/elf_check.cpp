#include "app/elf_check.hpp"

#include <appserve/abi.h>
#include <dlfcn.h>
#include <elf.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <optional>
#include <utility>

#include "app/file_kind.hpp"
#include "app/finding.hpp"
#include "app/host_services.hpp"

namespace appserve::app {
namespace {

#if defined(__x86_64__)
constexpr unsigned kOwnMachine = EM_X86_64;
constexpr std::string_view kOwnPlatform = "linux/amd64";
#elif defined(__aarch64__)
constexpr unsigned kOwnMachine = EM_AARCH64;
constexpr std::string_view kOwnPlatform = "linux/arm64";
#elif defined(__riscv)
constexpr unsigned kOwnMachine = EM_RISCV;
constexpr std::string_view kOwnPlatform = "linux/riscv64";
#elif defined(__powerpc64__)
constexpr unsigned kOwnMachine = EM_PPC64;
constexpr std::string_view kOwnPlatform = "linux/ppc64le";
#elif defined(__s390x__)
constexpr unsigned kOwnMachine = EM_S390;
constexpr std::string_view kOwnPlatform = "linux/s390x";
#else
#error "which ELF machine is this?"
#endif

constexpr std::string_view kHowToBuild =
    "build it with  appserve_add_app()  or  $(pkg-config --cflags --libs appserve)";

Failure<Error> refuse(const Fault& fault, std::string what, std::vector<std::string> notes = {},
                      std::vector<std::string> help = {}) {
  return Failure<Error>(finding(fault, std::move(what), std::move(notes), std::move(help)));
}

std::string machine_name(unsigned machine) {
  struct Name {
    unsigned machine;
    std::string_view name;
  };
  constexpr std::array kNames{Name{EM_X86_64, "x86-64"}, Name{EM_386, "i386"},      Name{EM_AARCH64, "aarch64"},
                              Name{EM_ARM, "arm"},       Name{EM_RISCV, "riscv"},   Name{EM_PPC64, "ppc64"},
                              Name{EM_S390, "s390"},     Name{EM_MIPS, "mips"},     Name{EM_LOONGARCH, "loongarch"},
                              Name{EM_PPC, "ppc"},       Name{EM_SPARCV9, "sparc"}, Name{EM_BPF, "bpf"}};
  for (const Name& known : kNames)
    if (known.machine == machine) return std::string(known.name);
  return "machine " + std::to_string(machine);
}

std::string describe(const ElfIdentity& id) {
  std::string name = machine_name(id.machine);
  if (id.machine == EM_X86_64 && id.bits == 32) name = "x32";
  const bool usual_order = id.little_endian == (std::endian::native == std::endian::little);
  if (id.machine == kOwnMachine && !usual_order) name += id.little_endian ? " (little endian)" : " (big endian)";
  if (id.machine == kOwnMachine && id.bits == 32 && name != "x32") name += " (32 bit)";
  return name;
}

Failure<Error> not_elf(const LibraryFile& file) {
  const FileKind kind = file_kind(file.name(), file.bytes);
  if (!kind.cpp_source && !kind.c_source) {
    const bool is_not = kind.phrase.starts_with("not ");
    return refuse(fault('E', 1005), file.name() + " is " + kind.phrase + (is_not ? "" : ", not a shared library"));
  }
  const std::string stem = file.name().substr(0, file.name().rfind('.'));
  const std::string command = kind.cpp_source ? "c++ " + file.name() + " $(pkg-config --cflags --libs appserve)"
                                              : "cc " + file.name() + " $(pkg-config --cflags --libs appserve-c)";
  return refuse(fault('E', 1005), file.name() + " is " + kind.phrase + ", not a library", {},
                {"build it:  " + command + " -o lib" + stem + ".so"});
}

std::optional<Error> wrong_machine(const LibraryFile& file, const ElfIdentity& id) {
  const bool native_order = id.little_endian == (std::endian::native == std::endian::little);
  if (id.machine == kOwnMachine && id.bits == 64 && native_order) return std::nullopt;
  return finding(fault('E', 1007),
                 file.name() + " is built for " + describe(id) + "; this host is " + machine_name(kOwnMachine), {},
                 {"docker buildx build --platform " + std::string(kOwnPlatform) + " ."});
}

std::optional<Error> wrong_type(const LibraryFile& file, const ElfIdentity& id) {
  if (id.type == ET_DYN) return std::nullopt;
  const std::string kind = id.type == ET_REL    ? "an object file"
                           : id.type == ET_EXEC ? "an executable"
                           : id.type == ET_CORE ? "a core dump"
                                                : "an ELF file of an unknown type";
  return finding(fault('E', 1008), file.name() + " is " + kind + ", not a shared library", {},
                 {"link it with  -shared  (and compile with -fPIC), or " + std::string(kHowToBuild)});
}

std::optional<AppNote> find_note(const ElfFile& elf) {
  for (const ElfFile::Note& note : elf.notes) {
    if (note.name != "appserve" || note.type != 1 || note.content.size() < sizeof(AppNote)) continue;
    AppNote found;
    std::memcpy(&found, note.content.data(), sizeof(found));
    return found;
  }
  return std::nullopt;
}

std::optional<Error> wrong_abi(const LibraryFile& file, const AppNote& note) {
  const std::string server = "this server has ABI " + abi_text(AS_ABI) + " (" + std::string(server_version()) + ")";
  const std::string untouched = "nothing of the library has been run";
  const std::string needs = abi_text(note.abi_min);
  if (note.abi >> 16 != AS_ABI >> 16)
    return finding(
        fault('E', 1010), file.name() + " was built for appserve ABI " + abi_text(note.abi) + "; " + server,
        {untouched},
        {"rebuild it against this server's SDK, or install the appserve that has ABI " + abi_text(note.abi)});
  if (note.abi_min > AS_ABI)
    return finding(fault('E', 1011), file.name() + " needs appserve ABI " + needs + " or newer; " + server, {untouched},
                   {"install a newer appserve, or rebuild the library with  -DAS_ABI_MIN=AS_ABI_1_0"});
  return std::nullopt;
}

struct Sanitizer {
  std::string_view symbol, flag, preload;
};
constexpr std::array kSanitizers{
    Sanitizer{"__asan_init", "-fsanitize=address", "libasan.so"},
    Sanitizer{"__tsan_init", "-fsanitize=thread", "libtsan.so"},
    Sanitizer{"__msan_init", "-fsanitize=memory", ""},
    Sanitizer{"__hwasan_init", "-fsanitize=hwaddress", "libhwasan.so"},
};

std::optional<Error> foreign_sanitizer(const LibraryFile& file, const ElfFile& elf) {
  for (const Sanitizer& sanitizer : kSanitizers) {
    const bool used = std::ranges::any_of(elf.imports, [&](const auto& s) { return s.name == sanitizer.symbol; });
    if (!used || ::dlsym(RTLD_DEFAULT, std::string(sanitizer.symbol).c_str()) != nullptr) continue;
    std::string help = "rebuild it without " + std::string(sanitizer.flag);
    for (const std::string_view needed : elf.needed)
      if (!sanitizer.preload.empty() && needed.starts_with(sanitizer.preload))
        help = "LD_PRELOAD=" + std::string(needed) + " appserve …, or " + help;
    return finding(fault('E', 1013), file.name() + " was built with " + std::string(sanitizer.flag), {}, {help});
  }
  return std::nullopt;
}

bool writable_by_others(const std::string& folder) {
  struct stat info{};
  return ::stat(folder.c_str(), &info) == 0 && (info.st_mode & S_IWOTH) != 0 && (info.st_mode & S_ISVTX) == 0;
}

}  // namespace

std::string abi_text(std::uint32_t abi) { return std::to_string(abi >> 16) + "." + std::to_string(abi & 0xFFFF); }

Result<CheckedLibrary, Error> check_library(const LibraryFile& file) {
  const ElfIdentity id = identify_elf(file.bytes);
  if (!id.elf) {
    if (file.bytes.starts_with("\177ELF"))
      return refuse(fault('E', 1006), file.name() + " is truncated: its header is cut off");
    return not_elf(file);
  }
  if (auto error = wrong_machine(file, id)) return Failure<Error>(*std::move(error));
  if (auto error = wrong_type(file, id)) return Failure<Error>(*std::move(error));

  if (file.bytes.size() < sizeof(Elf64_Ehdr))
    return refuse(fault('E', 1006), file.name() + " is truncated: its header is cut off");
  auto elf = read_elf(file.bytes);
  if (!elf) return refuse(fault('E', 1005), file.name() + " is a damaged ELF file: " + elf.error());
  if (elf->end > file.bytes.size())
    return refuse(fault('E', 1006), file.name() + " is truncated: " + std::to_string(file.bytes.size()) + " bytes, " +
                                        std::string(elf->end_of) + " ends at " + std::to_string(elf->end) +
                                        "; is the copy still running?");
  if (elf->position_independent_executable)
    return refuse(fault('E', 1008), file.name() + " is an executable, not a shared library", {},
                  {"link it with  -shared"});

  const auto note = find_note(*elf);
  if (!note)
    return refuse(fault('E', 1009), file.name() + " is a shared library, but not an appserve app (no .note.appserve)",
                  {}, {std::string(kHowToBuild)});
  if (auto error = wrong_abi(file, *note)) return Failure<Error>(*std::move(error));
  if (auto error = foreign_sanitizer(file, *elf)) return Failure<Error>(*std::move(error));
  return CheckedLibrary{*std::move(elf), *note};
}

std::vector<Error> warnings_about(const LibraryFile& file, const ElfFile& elf) {
  std::vector<Error> found;
  const auto unsafe = [&](std::string what, std::string help) {
    found.push_back(finding(fault('W', 1018), std::move(what), {}, {std::move(help)}));
  };
  const std::string folder = file.path.substr(0, file.path.rfind('/') + 1);
  if (elf.executable_stack) unsafe(file.name() + " wants an executable stack", "link it with  -Wl,-z,noexecstack");
  if (elf.text_relocations)
    unsafe(file.name() + " changes its own code while loading (text relocations)", "compile it with  -fPIC");
  if ((file.mode & S_IWOTH) != 0) unsafe("everybody may write " + file.path, "chmod o-w " + file.path);
  if (writable_by_others(folder)) unsafe("everybody may replace files in " + folder, "chmod o-w " + folder);
  if (::geteuid() == 0 && file.owner != 0)
    unsafe(file.path + " belongs to uid " + std::to_string(file.owner) + ", and this server runs as root",
           "chown root " + file.path);

  const auto unique = std::ranges::count_if(elf.exports, [](const auto& s) { return s.unique; });
  if (unique > 0)
    found.push_back(finding(fault('W', 1027),
                            file.name() + " shares " + std::to_string(unique) + " unique symbol" +
                                (unique == 1 ? "" : "s") + " with every other library that has " +
                                (unique == 1 ? "it" : "them"),
                            {}, {"build it with appserve_add_app(), or with  -fno-gnu-unique  and a version script"}));
  return found;
}

}  // namespace appserve::app
