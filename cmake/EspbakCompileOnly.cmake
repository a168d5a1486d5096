# SPDX-License-Identifier: Apache-2.0
# For a cross compiler without libraries: the headers of this computer's libraries, which are the
# same on every system, copied to a folder of their own so that nothing else of it is seen.
set(headers ${PROJECT_BINARY_DIR}/headers)
foreach(header libserialport.h zlib.h zconf.h cjson mbedtls psa)
  find_path(found_${header} ${header} PATHS /usr/include /usr/local/include NO_CMAKE_FIND_ROOT_PATH
            PATH_SUFFIXES ${CMAKE_LIBRARY_ARCHITECTURE} x86_64-linux-gnu aarch64-linux-gnu REQUIRED)
  file(COPY ${found_${header}}/${header} DESTINATION ${headers})
endforeach()
foreach(target ZLIB::ZLIB Threads::Threads PkgConfig::LIBSERIALPORT PkgConfig::CJSON espbak::mbedcrypto)
  add_library(${target} INTERFACE IMPORTED)
  target_include_directories(${target} SYSTEM INTERFACE ${headers})
endforeach()
