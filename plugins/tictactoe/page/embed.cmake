# Makes one self-contained page of page.html, its style and its scripts, and a C++ source that carries it together with
# the SHA-256 of both inline parts for the Content-Security-Policy.
# usage: cmake -DOUT=page_data.cpp -DDIR=page/ -P embed.cmake
function(hash_source text result)
  string(SHA256 hex "${text}")
  string(APPEND hex "00")  # 33 bytes: whole groups of three
  set(alphabet "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
  set(base64 "")
  foreach(at RANGE 0 60 6)
    string(SUBSTRING ${hex} ${at} 6 group)
    foreach(shift 18 12 6 0)
      math(EXPR digit "(0x${group} >> ${shift}) & 63")
      string(SUBSTRING ${alphabet} ${digit} 1 letter)
      string(APPEND base64 ${letter})
    endforeach()
  endforeach()
  string(SUBSTRING ${base64} 0 43 base64)
  set(${result} "'sha256-${base64}='" PARENT_SCOPE)
endfunction()

file(READ ${DIR}/page.html html)
file(READ ${DIR}/page.css css)
set(js "\n")
foreach(part seats server board room main)
  file(READ ${DIR}/${part}.js source)
  string(APPEND js "${source}")
endforeach()
hash_source("${css}" css_hash)
hash_source("${js}" js_hash)
string(REPLACE "@PAGE_CSS@" "${css}" html "${html}")
string(REPLACE "@PAGE_JS@" "${js}" html "${html}")
string(SHA256 tag "${html}")
string(SUBSTRING ${tag} 0 16 tag)
file(WRITE ${OUT} "// Made by embed.cmake from page/. Do not edit.
#include \"page_data.hpp\"

namespace tictactoe {

PageData page_data() {
  return {.html = R\"~page~(${html})~page~\",
          .tag = \"\\\"${tag}\\\"\",
          .style_source = \"${css_hash}\",
          .script_source = \"${js_hash}\"};
}

}  // namespace tictactoe
")
