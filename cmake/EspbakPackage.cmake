# SPDX-License-Identifier: Apache-2.0
# The Debian package. With the libraries inside (ESPBAK_BUNDLED) and a compiler for another computer it is one for any
# Debian of that kind; otherwise it is for this one, with its libraries.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME espbak)
set(CPACK_PACKAGE_CONTACT "the espbak maintainers <maintainers@espbak.invalid>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY ${PROJECT_DESCRIPTION})
set(CPACK_PACKAGE_DESCRIPTION "espbak copies the whole flash of an ESP8266 or ESP32 over its serial
port, proves the copy, and writes it back byte for byte. espsim is a
simulated chip to try it on.")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_RESOURCE_FILE_LICENSE ${PROJECT_SOURCE_DIR}/LICENSE)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION electronics)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
if(ESPBAK_BUNDLED)
  set(CPACK_STRIP_FILES OFF)
  set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS OFF)
  set(debian_x86_64 amd64)
  set(debian_aarch64 arm64)
  set(debian_arm armhf)
  set(CPACK_DEBIAN_PACKAGE_ARCHITECTURE ${debian_${CMAKE_SYSTEM_PROCESSOR}})
endif()
# What Debian wants in the folders of a package before it is closed.
set(CPACK_PRE_BUILD_SCRIPTS ${PROJECT_SOURCE_DIR}/cmake/debian/finish.cmake)
set(CPACK_ESPBAK_BUNDLED ${ESPBAK_BUNDLED})
include(CPack)
