# appserve_add_app(name SOURCES a.cpp... [EXPORTS app create_app...])
# Builds lib<name>.so, an appserve application: a module with hidden symbols that exports only the entry symbols
# (default: app create_app), resolves everything itself and shares nothing with other modules in the process.
# Needs the target appserve::sdk. Output folder: CMAKE_LIBRARY_OUTPUT_DIRECTORY, as usual.
#
# appserve_add_test(name SOURCES a.cpp...)   a doctest program, known to ctest; sources include <appserve/test.hpp>.
# appserve_install(name...)                  installs apps where the server looks for them.
include_guard(GLOBAL)
include(CheckCXXCompilerFlag)
include(GNUInstallDirs)

# Sanitizer runtimes are resolved by the executable, so a module under them cannot be closed with -z defs.
function(_appserve_sanitized target result)
  get_target_property(own ${target} LINK_OPTIONS)
  get_directory_property(inherited LINK_OPTIONS)
  if("${own};${inherited};${CMAKE_CXX_FLAGS};${CMAKE_SHARED_LINKER_FLAGS};${CMAKE_MODULE_LINKER_FLAGS}" MATCHES "-fsanitize=")
    set(${result} TRUE PARENT_SCOPE)
  else()
    set(${result} FALSE PARENT_SCOPE)
  endif()
endfunction()

function(appserve_add_app name)
  cmake_parse_arguments(PARSE_ARGV 1 APP "" "" "SOURCES;EXPORTS")
  if(NOT APP_SOURCES)
    message(FATAL_ERROR "appserve_add_app(${name}): give it SOURCES")
  endif()
  if(NOT APP_EXPORTS)
    set(APP_EXPORTS app create_app)
  endif()

  add_library(${name} MODULE ${APP_SOURCES})
  target_link_libraries(${name} PRIVATE appserve::sdk)
  set_target_properties(${name} PROPERTIES PREFIX lib OUTPUT_NAME ${name}
    POSITION_INDEPENDENT_CODE ON C_VISIBILITY_PRESET hidden CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)

  list(JOIN APP_EXPORTS "; " symbols)
  set(script ${CMAKE_CURRENT_BINARY_DIR}/${name}.map)
  file(CONFIGURE OUTPUT ${script} CONTENT "{ global: ${symbols}; local: *; };\n" @ONLY)
  set_target_properties(${name} PROPERTIES LINK_DEPENDS ${script})
  target_link_options(${name} PRIVATE LINKER:--version-script=${script} LINKER:-z,now)
  _appserve_sanitized(${name} sanitized)
  if(NOT sanitized)
    target_link_options(${name} PRIVATE LINKER:-z,defs)
  endif()
  if(CMAKE_CXX_COMPILER_LOADED)
    check_cxx_compiler_flag(-fno-gnu-unique APPSERVE_HAS_NO_GNU_UNIQUE)
    if(APPSERVE_HAS_NO_GNU_UNIQUE)
      target_compile_options(${name} PRIVATE $<$<COMPILE_LANGUAGE:CXX>:-fno-gnu-unique>)
    endif()
  endif()
endfunction()

function(appserve_add_test name)
  cmake_parse_arguments(PARSE_ARGV 1 TEST "" "" "SOURCES")
  find_package(doctest REQUIRED)
  set(main ${CMAKE_CURRENT_BINARY_DIR}/${name}_main.cpp)
  file(CONFIGURE OUTPUT ${main} CONTENT "#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN\n#include <doctest/doctest.h>\n" @ONLY)
  add_executable(${name} ${TEST_SOURCES} ${main})
  target_link_libraries(${name} PRIVATE appserve::sdk doctest::doctest ${CMAKE_DL_LIBS})
  add_test(NAME ${name} COMMAND ${name})
endfunction()

function(appserve_install)
  install(TARGETS ${ARGN} LIBRARY DESTINATION lib/appserve)
endfunction()
