#include "base/error.hpp"

#include <algorithm>
#include <string_view>

#include "base/log.hpp"

namespace appserve {
namespace {

struct Paint {
  bool on;
  std::string operator()(std::string_view code, std::string text) const {
    return on ? "\x1b[" + std::string(code) + "m" + text + "\x1b[0m" : text;
  }
};

constexpr std::string_view kBold = "1", kBlue = "1;34", kCyan = "1;36";

std::string_view severity_word(char severity) {
  return severity == 'E' ? "error" : severity == 'W' ? "warning" : "note";
}

std::string_view severity_colour(char severity) { return severity == 'E' ? "1;31" : severity == 'W' ? "1;33" : kCyan; }

std::string headline(const Error& error, Paint paint) {
  const char severity = error.fault->severity;
  std::string tag = std::string(severity_word(severity)) + "[" + severity + std::to_string(error.fault->number) + "]";
  return paint(severity_colour(severity), std::move(tag)) + paint(kBold, ": " + escape_control(error.what)) + "\n";
}

// The caret must stand under its byte whatever the terminal makes of the line: tabs are kept, UTF-8 counts per
// character, and escaped control bytes are as wide as their escape.
std::string blank_like(std::string_view before) {
  std::string out;
  for (const char c : before) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte & 0xC0U) == 0x80U) continue;
    if (c == '\t')
      out += '\t';
    else
      out.append(escape_control(std::string_view(&c, 1)).size() > 1 ? 4 : 1, ' ');
  }
  return out;
}

std::string escape_line(std::string_view line) {
  std::string out;
  std::size_t start = 0;
  for (std::size_t tab; (tab = line.find('\t', start)) != line.npos; start = tab + 1)
    out += escape_control(line.substr(start, tab - start)) + '\t';
  return out + escape_control(line.substr(start));
}

std::string code_block(const SourceMark& mark, Paint paint) {
  const std::string number = std::to_string(mark.line);
  const std::string margin(number.size() + 1, ' ');
  const std::string_view line = mark.text;
  const std::size_t start = std::min(line.size(), static_cast<std::size_t>(std::max(mark.column - 1, 0)));
  const std::size_t underlined =
      blank_like(line.substr(start, static_cast<std::size_t>(std::max(mark.length, 1)))).size();
  std::string carets(std::max<std::size_t>(underlined, 1), '^');
  if (!mark.label.empty()) carets += " " + escape_control(mark.label);

  const std::string position = escape_control(mark.file) + ":" + number + ":" + std::to_string(mark.column);
  return margin + paint(kBlue, "-->") + " " + position + "\n" +                //
         margin + paint(kBlue, " |") + "\n" +                                  //
         paint(kBlue, " " + number + " |") + " " + escape_line(line) + "\n" +  //
         margin + paint(kBlue, " |") + " " + blank_like(line.substr(0, start)) + paint("1;31", carets) + "\n";
}

std::string help_block(const std::vector<std::string>& help, std::string_view lead, Paint paint) {
  const std::string start = std::string(lead) + "help: ";
  std::string out;
  for (const std::string& line : help)
    out += (out.empty() ? std::string(lead) + paint(kCyan, "help:") + " " : std::string(start.size(), ' ')) +
           escape_control(line) + "\n";
  return out;
}

}  // namespace

std::string render(const Error& error, bool colour) {
  const Paint paint{colour};
  std::string out = headline(error, paint);
  const bool block = error.where && error.where->line > 0;
  if (block) out += code_block(*error.where, paint);
  for (const std::string& note : error.notes) out += "  " + escape_control(note) + "\n";
  const std::string block_lead = block ? std::string(std::to_string(error.where->line).size() + 2, ' ') + "= " : "";
  return out + help_block(error.help, block ? block_lead : "  ", paint);
}

}  // namespace appserve
