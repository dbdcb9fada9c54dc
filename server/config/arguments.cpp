#include "config/arguments.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <set>
#include <utility>

#include "base/ascii.hpp"
#include "base/edit_distance.hpp"

namespace appserve::config {
namespace {

// CLI11 sees every value only as "#7", the number of its argument, so that it never reads anything into one: empty
// values, brackets and leading dashes stay what they are.
class Numbered {
 public:
  explicit Numbered(std::span<const char* const> arguments) : arguments_(arguments) {
    bool only_words = false;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
      const std::string_view argument = arguments[i];
      const std::size_t equals = argument.find('=');
      const std::string number = "#" + std::to_string(i);
      if (only_words || !is_option(argument))
        words_.push_back(number);
      else if (argument.starts_with("--") && equals != argument.npos)
        words_.push_back(std::string(argument.substr(0, equals + 1)) + number);
      else
        words_.emplace_back(argument);
      only_words_.push_back(only_words);
      if (argument == "--") only_words = true;
    }
    for (const std::string& word : words_) names_.insert(std::string_view(word).substr(0, word.find('=')));
  }
  Numbered(const Numbered&) = delete;
  Numbered& operator=(const Numbered&) = delete;

  const std::vector<std::string>& words() const { return words_; }
  bool has(std::string_view option) const { return names_.contains(option); }

  static bool is_number(std::string_view word) { return word.starts_with('#'); }
  static std::size_t index(std::string_view number) {
    std::size_t index = 0;
    std::from_chars(number.data() + 1, number.data() + number.size(), index);
    return index;
  }

  std::string text(std::string_view number) const {
    const std::size_t i = index(number);
    const std::string_view argument = arguments_[i];
    const bool attached = !only_words_[i] && argument.starts_with("--") && argument.find('=') != argument.npos;
    return std::string(attached ? argument.substr(argument.find('=') + 1) : argument);
  }

 private:
  static bool is_option(std::string_view argument) {
    return argument.starts_with("--") || (argument.size() > 1 && argument[0] == '-' && ascii::is_alpha(argument[1]));
  }

  std::span<const char* const> arguments_;
  std::vector<std::string> words_;
  std::set<std::string_view> names_;  // of options, in words_
  std::vector<bool> only_words_;
};

std::string no_form(std::string_view name) { return "--no-" + std::string(name.substr(2)); }

std::vector<std::string> names_of(std::span<const KnownFlag> known) {
  std::vector<std::string> names;
  for (const KnownFlag& k : known) {
    names.emplace_back(k.flag.name);
    if (k.flag.value.empty()) names.push_back(no_form(k.flag.name));
  }
  return names;
}

Error unknown_option(std::string_view given, std::span<const std::string> names) {
  const std::string name(given.substr(0, given.find('=')));
  const std::string meant = nearest(name, names);
  return {
      &fault('E', 3020), "unknown option " + name + (meant.empty() ? "" : "; did you mean " + meant + "?"), {}, {}, {}};
}

Error bad_value(std::string what) { return {&fault('E', 3021), std::move(what), {}, {}, {}}; }

class Reader {
 public:
  Reader(std::span<const char* const> arguments, std::span<const KnownFlag> known)
      : numbered_(arguments), known_(known) {
    app_.set_help_flag();
    app_.allow_extras();
    app_.allow_windows_style_options(false);
    for (const KnownFlag& k : known)
      if (is_given(k.flag)) declare(k);
  }

  Arguments read() && {
    std::vector<std::string> words = numbered_.words();
    std::ranges::reverse(words);  // as CLI11 takes them
    try {
      app_.parse(std::move(words));
    } catch (const CLI::ParseError& failure) {
      out_.findings.push_back(bad_value(failure.what()));
    }
    for (const KnownFlag* k : declared_) k->flag.value.empty() ? take_switch(k->flag) : take_values(*k);
    take_rest();
    return std::move(out_);
  }

 private:
  // The library compares each option with every other: those nobody wrote are not told to it.
  bool is_given(const Flag& flag) const {
    return is_general(flag) || numbered_.has(flag.name) || (flag.value.empty() && numbered_.has(no_form(flag.name)));
  }

  // They have short forms, which may be joined: -hV.
  static bool is_general(const Flag& flag) { return flag.name == "--help" || flag.name == "--version"; }

  void declare(const KnownFlag& known) {
    declared_.push_back(&known);
    const Flag& flag = known.flag;
    const std::string name(flag.name);
    if (!flag.value.empty()) {
      app_.add_option(name)->expected(0, 1)->allow_extra_args(false)->take_all();
      return;
    }
    const std::string also = name == "--help" ? "-h," : name == "--version" ? "-V," : "";
    app_.add_flag(also + name)->take_all();
    app_.add_flag(no_form(name))->take_all();
  }

  std::vector<std::string> results(const std::string& name) const { return app_.get_option(name)->results(); }

  void take_values(const KnownFlag& k) {
    const std::string name(k.flag.name);
    for (const std::string& result : results(name)) {
      if (Numbered::is_number(result))
        out_.values[name].push_back(numbered_.text(result));
      else
        out_.findings.push_back(bad_value(name + " needs " + k.needs + "; nothing follows it"));
    }
  }

  // CLI11 keeps no order between --x and --no-x: whoever gives both is asked which.
  void take_switch(const Flag& flag) {
    const std::string name(flag.name);
    for (const std::string& result : results(name)) {
      const std::string value = Numbered::is_number(result) ? numbered_.text(result) : "true";
      if (value == "true" || value == "false")
        out_.values[name].push_back(value);
      else
        out_.findings.push_back(bad_value(name + " needs true or false, got '" + value + "'"));
    }
    const std::vector<std::string> off = results(no_form(name));
    for (const std::string& result : off)
      if (Numbered::is_number(result))
        out_.findings.push_back(bad_value(no_form(name) + " takes no value, got '" + numbered_.text(result) + "'"));
    if (!off.empty() && out_.is_on(name))
      out_.findings.push_back({&fault('E', 3022), name + " and " + no_form(name) + " exclude each other", {}, {}, {}});
    if (!off.empty()) out_.values[name].emplace_back("false");
  }

  void take_rest() {
    std::vector<std::string> names;
    std::set<std::pair<std::string_view, std::size_t>> places;
    for (std::size_t i = 0; i < numbered_.words().size(); ++i) places.emplace(numbered_.words()[i], i);
    std::size_t value_of_unknown = 0;  // 1 + the argument that may be the value of an unknown option
    std::size_t next = 0;
    for (const std::string& word : app_.remaining()) {
      if (Numbered::is_number(word)) {
        if (Numbered::index(word) + 1 != value_of_unknown) out_.words.push_back(numbered_.text(word));
      } else if (word != "--") {
        if (names.empty()) names = names_of(known_);
        out_.findings.push_back(unknown_option(word, names));
        out_.has_unknown = true;
        const auto place = places.lower_bound({word, next});
        if (place == places.end() || place->first != word) continue;
        next = place->second + 1;
        if (word.find('=') == word.npos) value_of_unknown = next + 1;
      }
    }
  }

  Numbered numbered_;
  std::span<const KnownFlag> known_;
  std::vector<const KnownFlag*> declared_;
  CLI::App app_;
  Arguments out_;
};

}  // namespace

const std::string* Arguments::find(std::string_view flag) const {
  const auto found = values.find(flag);
  return found == values.end() ? nullptr : &found->second.back();
}

bool Arguments::is_on(std::string_view flag) const {
  const std::string* value = find(flag);
  return value != nullptr && *value == "true";
}

Arguments read_arguments(std::span<const char* const> arguments, std::span<const KnownFlag> known) {
  return Reader(arguments, known).read();
}

}  // namespace appserve::config
