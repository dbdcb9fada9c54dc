#include "journal/second_text.hpp"

#include <fmt/format.h>

#include <array>

namespace appserve::journal {

void SecondText::set(Moment now) {
  using namespace std::chrono;
  const sys_seconds second = floor<seconds>(now);
  millisecond_ = static_cast<int>(duration_cast<milliseconds>(now - second).count());
  if (second == second_ && !iso_.empty()) return;
  second_ = second;
  static constexpr std::array kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const sys_days day = floor<days>(second);
  const year_month_day date(day);
  const hh_mm_ss time(second - day);
  const unsigned month = static_cast<unsigned>(date.month()), of_month = static_cast<unsigned>(date.day());
  const int year = static_cast<int>(date.year());
  const auto h = time.hours().count(), m = time.minutes().count(), s = time.seconds().count();
  iso_ = fmt::format("{}-{:02}-{:02}T{:02}:{:02}:{:02}", year, month, of_month, h, m, s);
  clf_ = fmt::format("{:02}/{}/{}:{:02}:{:02}:{:02}", of_month, kMonths.at(month - 1), year, h, m, s);
}

}  // namespace appserve::journal
