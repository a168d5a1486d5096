# SPDX-License-Identifier: Apache-2.0
# The libraries espbak stands on, each as an imported target.
if(ESPBAK_COMPILE_ONLY)
  include(EspbakCompileOnly)
  return()
endif()
find_package(PkgConfig REQUIRED)
find_package(ZLIB REQUIRED)
find_package(Threads REQUIRED)
pkg_check_modules(LIBSERIALPORT REQUIRED IMPORTED_TARGET libserialport)
pkg_check_modules(CJSON REQUIRED IMPORTED_TARGET libcjson)

# Debian's mbedtls 2.28 has no pkg-config file.
find_path(MBEDTLS_INCLUDE_DIR mbedtls/md.h REQUIRED)
find_library(MBEDCRYPTO_LIBRARY mbedcrypto REQUIRED)
add_library(espbak_mbedcrypto INTERFACE)
target_include_directories(espbak_mbedcrypto SYSTEM INTERFACE ${MBEDTLS_INCLUDE_DIR})
target_link_libraries(espbak_mbedcrypto INTERFACE ${MBEDCRYPTO_LIBRARY})

if(ESPBAK_TESTS)
  pkg_check_modules(CMOCKA REQUIRED IMPORTED_TARGET cmocka)
endif()
