# Every third-party library, found once, as a SYSTEM target named dep::x. Which room may use which: tests/architecture.
find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)

# Asio, compiled once (cmake/asio.cpp). Asio 1.22 hides awaitable from clang unless told. It allocates by
# aligned_alloc() or by new, as the headers before it have it; by one of them everywhere, or one frees what is the other's.
add_library(dep_asio STATIC ${CMAKE_SOURCE_DIR}/cmake/asio.cpp)
target_compile_definitions(dep_asio PUBLIC ASIO_SEPARATE_COMPILATION ASIO_HAS_CO_AWAIT=1 ASIO_HAS_STD_COROUTINE=1
  ASIO_NO_DEPRECATED ASIO_DISABLE_STD_ALIGNED_ALLOC)
if(APPSERVE_SANITIZE MATCHES "thread")
  target_compile_definitions(dep_asio PUBLIC ASIO_DISABLE_FENCED_BLOCK)
endif()
target_link_libraries(dep_asio PUBLIC Threads::Threads PRIVATE appserve_profile)
add_library(dep::asio ALIAS dep_asio)

# llhttp: the library (Debian 13), or the C sources Debian 12 ships in node-llhttp, compiled strict.
pkg_check_modules(LLHTTP IMPORTED_TARGET libllhttp)
if(LLHTTP_FOUND)
  add_library(dep::llhttp ALIAS PkgConfig::LLHTTP)
else()
  set(LLHTTP_SOURCES /usr/share/llhttp)
  if(NOT EXISTS ${LLHTTP_SOURCES}/llhttp.c)
    message(FATAL_ERROR "llhttp is missing: apt install node-llhttp (Debian 12) or libllhttp-dev (Debian 13)")
  endif()
  add_library(dep_llhttp STATIC ${LLHTTP_SOURCES}/api.c ${LLHTTP_SOURCES}/http.c ${LLHTTP_SOURCES}/llhttp.c)
  target_include_directories(dep_llhttp SYSTEM PUBLIC /usr/share/include/llhttp)
  target_compile_definitions(dep_llhttp PUBLIC LLHTTP_STRICT_MODE=1)
  target_compile_options(dep_llhttp PRIVATE -w)
  target_link_libraries(dep_llhttp PRIVATE appserve_profile)
  add_library(dep::llhttp ALIAS dep_llhttp)
endif()

find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(tl-expected REQUIRED)
find_package(tomlplusplus REQUIRED)
find_package(CLI11 REQUIRED)
pkg_check_modules(SQLITE IMPORTED_TARGET sqlite3)
pkg_check_modules(HIREDIS IMPORTED_TARGET hiredis)
