# `cpack` makes two Debian packages: appserve (server and sample apps) and appserve-dev (what an author builds with).
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_CONTACT "appserve <appserve@localhost>")
set(CPACK_PACKAGE_VENDOR appserve)
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "application server for apps in shared libraries")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_COMPONENTS_ALL server sdk)
set(CPACK_COMPONENTS_GROUPING IGNORE)

set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_SECTION httpd)
set(CPACK_DEBIAN_SERVER_PACKAGE_NAME appserve)
set(CPACK_DEBIAN_SERVER_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_SDK_PACKAGE_NAME appserve-dev)
set(CPACK_DEBIAN_SDK_PACKAGE_SECTION devel)
set(CPACK_DEBIAN_SDK_PACKAGE_ARCHITECTURE all)
set(CPACK_DEBIAN_SDK_PACKAGE_RECOMMENDS "g++, cmake, pkg-config, rapidjson-dev, doctest-dev, appserve")
set(CPACK_DEBIAN_SDK_PACKAGE_SUGGESTS "libssl-dev")  # appserve/session.hpp
set(CPACK_COMPONENT_SERVER_DESCRIPTION
  "Serves web applications that are shipped as shared libraries over HTTP/1.1:\neach under its prefix, in supervised workers.")
set(CPACK_COMPONENT_SDK_DESCRIPTION
  "Headers, CMake package and pkg-config files to build apps for appserve\nin C++20 coroutines or plain C.")

include(CPack)
