# SPDX-License-Identifier: Apache-2.0
# The libraries that espbak stands on, each as an imported target, all of them in ESPBAK_LIBRARIES. Used to build
# espbak, and installed for those who link it statically. espbak_missing lists what is not there.
find_package(PkgConfig QUIET)
find_package(ZLIB QUIET)
find_package(Threads QUIET)
if(PkgConfig_FOUND)
  pkg_check_modules(LIBSERIALPORT QUIET IMPORTED_TARGET libserialport)
  pkg_check_modules(CJSON QUIET IMPORTED_TARGET libcjson)
  if(ESPBAK_ZSTD) # espbak can do without
    pkg_check_modules(ZSTD QUIET IMPORTED_TARGET libzstd)
  endif()
endif()
# Debian's mbedtls 2.28 has no pkg-config file.
find_path(MBEDTLS_INCLUDE_DIR mbedtls/md.h)
# mbedtls 4 has its digests in a library of their own; it has to be the one beside the headers.
find_library(MBEDCRYPTO_LIBRARY NAMES tfpsacrypto mbedcrypto NAMES_PER_DIR)
if(MBEDTLS_INCLUDE_DIR AND MBEDCRYPTO_LIBRARY AND NOT TARGET espbak::mbedcrypto)
  add_library(espbak::mbedcrypto INTERFACE IMPORTED)
  target_include_directories(espbak::mbedcrypto INTERFACE ${MBEDTLS_INCLUDE_DIR})
  target_link_libraries(espbak::mbedcrypto INTERFACE ${MBEDCRYPTO_LIBRARY})
endif()

set(ESPBAK_LIBRARIES ZLIB::ZLIB Threads::Threads PkgConfig::LIBSERIALPORT PkgConfig::CJSON espbak::mbedcrypto)
if(TARGET PkgConfig::ZSTD)
  list(APPEND ESPBAK_LIBRARIES PkgConfig::ZSTD)
endif()
set(espbak_missing "")
foreach(library ${ESPBAK_LIBRARIES})
  if(NOT TARGET ${library})
    list(APPEND espbak_missing ${library})
  endif()
endforeach()
