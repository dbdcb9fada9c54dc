# appserve_embed(TARGET NAME FILE): FILE as `inline constexpr std::string_view appserve::embedded::NAME`, to be had from
# "embedded/NAME.hpp". Text only. A change of FILE is a change of the target.
function(appserve_embed target name file)
  get_filename_component(file ${file} ABSOLUTE)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
  file(READ ${file} EMBEDDED_TEXT)
  set(EMBEDDED_NAME ${name})
  configure_file(${CMAKE_SOURCE_DIR}/cmake/embedded.hpp.in ${CMAKE_CURRENT_BINARY_DIR}/embed/embedded/${name}.hpp @ONLY)
  target_include_directories(${target} PRIVATE ${CMAKE_CURRENT_BINARY_DIR}/embed)
endfunction()
