# appserve_features(FILE): writes what `appserve --version --features` prints after the version: how this build was made.

# The version in a header: MAJOR.MINOR.PATCH of three macros, or the text of one.
function(_appserve_header_version result header)
  set(version "")
  find_file(found NAMES ${header} NO_CACHE)
  if(found)
    file(READ ${found} text)
    foreach(macro ${ARGN})
      if(text MATCHES "#[ \t]*define[ \t]+${macro}[ \t]+\"?([0-9.]+)")
        list(APPEND version ${CMAKE_MATCH_1})
      endif()
    endforeach()
  endif()
  list(JOIN version "." version)
  set(${result} "${version}" PARENT_SCOPE)
endfunction()

function(appserve_features file)
  _appserve_header_version(asio asio/version.hpp ASIO_VERSION)
  file(STRINGS ${CMAKE_SOURCE_DIR}/sdk/include/appserve/abi.h abi REGEX "^#define AS_ABI_[0-9]+_[0-9]+ ")
  list(TRANSFORM abi REPLACE "#define AS_ABI_([0-9]+)_([0-9]+) .*" "\\1.\\2")
  list(JOIN abi ", " abi)
  # Asio says 102201 for 1.22.1.
  math(EXPR major "${asio} / 100000")
  math(EXPR minor "${asio} / 100 % 1000")
  math(EXPR patch "${asio} % 100")
  set(asio "${major}.${minor}.${patch}")
  _appserve_header_version(llhttp llhttp.h LLHTTP_VERSION_MAJOR LLHTTP_VERSION_MINOR LLHTTP_VERSION_PATCH)
  if(NOT llhttp)
    set(CMAKE_INCLUDE_PATH /usr/share/include/llhttp /usr/share/include)
    _appserve_header_version(llhttp llhttp.h LLHTTP_VERSION_MAJOR LLHTTP_VERSION_MINOR LLHTTP_VERSION_PATCH)
  endif()
  _appserve_header_version(rapidjson rapidjson/rapidjson.h RAPIDJSON_MAJOR_VERSION RAPIDJSON_MINOR_VERSION
    RAPIDJSON_PATCH_VERSION)
  set(sanitizers none)
  if(APPSERVE_SANITIZE)
    string(REPLACE "," ", " sanitizers "${APPSERVE_SANITIZE}")
  endif()
  set(lto off)
  if(CMAKE_INTERPROCEDURAL_OPTIMIZATION)
    set(lto on)
  endif()
  file(CONFIGURE OUTPUT ${file} @ONLY CONTENT "  abi         @abi@
  compiler    @CMAKE_CXX_COMPILER_ID@ @CMAKE_CXX_COMPILER_VERSION@, C++@CMAKE_CXX_STANDARD@, @CMAKE_SYSTEM_PROCESSOR@
  build       @CMAKE_BUILD_TYPE@, link-time optimisation @lto@
  sanitizers  @sanitizers@
  libraries   asio @asio@, CLI11 @CLI11_VERSION@, fmt @fmt_VERSION@, llhttp @llhttp@, RapidJSON @rapidjson@, spdlog @spdlog_VERSION@, tl-expected @tl-expected_VERSION@, toml++ @tomlplusplus_VERSION@
  protocols   HTTP/1.1 over TCP and Unix sockets
  not in it   TLS, HTTP/2, WebSocket
")
endfunction()
