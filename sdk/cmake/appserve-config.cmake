# find_package(appserve): the targets appserve::sdk and appserve::abi, and appserve_add_app() with its companions.
include(${CMAKE_CURRENT_LIST_DIR}/appserve-targets.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/AppserveApp.cmake)
