#include "http/common_fields.hpp"

#include "base/append.hpp"
#include "base/same_text.hpp"
#include "http/octets.hpp"
#include "http/status_line.hpp"

namespace appserve::http {

std::string_view CommonFields::plain_head(std::string_view content_type) const {
  for (std::size_t i = 0; i < used_; ++i)
    if (same_text(heads_[i].content_type, content_type)) return heads_[i].text;
  if (content_type.empty() || content_type.size() > kLongestType || !octets::are_text(content_type)) return {};
  PlainHead made{.content_type = std::string(content_type), .text = {}};
  append_all(made.text, StatusLine(200, 1).text(), "Content-Type: ", content_type, "\r\n", text_, "Content-Length: ");
  PlainHead& place = heads_[used_ < kKept ? used_++ : next_++ % kKept];
  place = std::move(made);
  return place.text;
}

}  // namespace appserve::http
