// Error: something a person must act on. A value: built where the fault is found, printed once, by main.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "base/fault.hpp"
#include "base/result.hpp"

namespace appserve {

/// A place in a text file. Lines and columns count from 1; columns are bytes.
struct SourceMark {
  std::string file;
  int line = 0, column = 0;
  int length = 1;     // bytes to underline
  std::string text;   // the whole line, without its end
  std::string label;  // printed beside the carets, e.g. "did you mean 'threads'?"
};

struct Error {
  const Fault* fault;
  std::string what;  // one sentence, no full stop
  std::optional<SourceMark> where;
  std::vector<std::string> notes;  // further lines, indented under the first
  std::vector<std::string> help;   // commands or lines that work when pasted
};

using Errors = std::vector<Error>;  // never empty when it is a failure

/// The message as people read it, ending in a newline. `colour` adds ANSI sequences; control bytes in texts are
/// escaped.
std::string render(const Error& error, bool colour);

}  // namespace appserve
