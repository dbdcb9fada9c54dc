# The warnings our own code is compiled with: link to appserve_warnings. Third-party headers are SYSTEM and silent.
add_library(appserve_warnings INTERFACE)
set(common -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wcast-align -Wformat=2
    -Wimplicit-fallthrough -Wundef -Wdouble-promotion
    -Wno-missing-field-initializers)  # designated initialisers leave members at their defaults on purpose
set(cxx -Wnon-virtual-dtor -Wold-style-cast -Woverloaded-virtual -Wextra-semi -Wmissing-declarations)
set(gcc -Wduplicated-cond -Wduplicated-branches -Wlogical-op)
target_compile_options(appserve_warnings INTERFACE ${common}
  "$<$<COMPILE_LANGUAGE:CXX>:${cxx}>"
  "$<$<COMPILE_LANG_AND_ID:CXX,GNU>:${gcc};-Wsuggest-override>"
  "$<$<COMPILE_LANG_AND_ID:C,GNU>:${gcc}>"
  # libstdc++ 12's stable_sort uses a deprecated function, and only g++ is told to overlook it
  "$<$<COMPILE_LANG_AND_ID:CXX,Clang>:-Wno-deprecated-declarations>")
if(APPSERVE_WERROR)
  target_compile_options(appserve_warnings INTERFACE -Werror)
endif()
