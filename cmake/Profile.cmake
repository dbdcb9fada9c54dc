# What is shipped is built for what a server under load does, in two steps: `record` builds one that writes a profile
# when it ends, `use` builds for that profile. The server only: the apps people build have none.
set(APPSERVE_PROFILE "" CACHE STRING "record or use (g++; ./dev build shipped does both)")
add_library(appserve_profile INTERFACE)
set(profile ${CMAKE_BINARY_DIR}/profile)
if(APPSERVE_PROFILE STREQUAL "record")
  set(recording -fprofile-generate=${profile} -fprofile-update=prefer-atomic)
  target_compile_options(appserve_profile INTERFACE ${recording})
  target_link_options(appserve_profile INTERFACE ${recording})
elseif(APPSERVE_PROFILE STREQUAL "use")
  # What no load met is built as without a profile.
  target_compile_options(appserve_profile INTERFACE -fprofile-use=${profile} -fprofile-partial-training
    -Wno-missing-profile -Wno-coverage-mismatch)
endif()
