# SPDX-License-Identifier: Apache-2.0
# The libraries built along with espbak, from pinned sources and only what espbak uses of them: for programs that shall
# run on any computer of their kind, and for systems that have no such packages (ESPBAK_BUNDLED).
include(EspbakSources)
set(bundled ${CMAKE_CURRENT_LIST_DIR}/bundled)

# espbak_bundle(<target> <name> <folder with headers> <sources>...): their warnings are not ours.
function(espbak_bundle target name include)
  add_library(bundled_${name} STATIC ${ARGN})
  target_include_directories(bundled_${name} SYSTEM PUBLIC ${include})
  target_compile_options(bundled_${name} PRIVATE -w)
  # Imported ones are what the library for other programs may name as its needs.
  add_library(${target} INTERFACE IMPORTED)
  target_link_libraries(${target} INTERFACE bundled_${name})
endfunction()

set(from ${ESPBAK_SOURCE_zlib})
espbak_bundle(ZLIB::ZLIB zlib ${from} ${from}/adler32.c ${from}/compress.c ${from}/crc32.c ${from}/deflate.c
              ${from}/inffast.c ${from}/inflate.c ${from}/inftrees.c ${from}/trees.c ${from}/uncompr.c ${from}/zutil.c)

# It is included as <cjson/cJSON.h>, which is where it is installed.
set(from ${ESPBAK_SOURCE_cjson})
file(COPY ${from}/cJSON.h DESTINATION ${PROJECT_BINARY_DIR}/headers/cjson)
espbak_bundle(PkgConfig::CJSON cjson ${PROJECT_BINARY_DIR}/headers ${from}/cJSON.c)
target_compile_definitions(bundled_cjson PUBLIC CJSON_HIDE_SYMBOLS)

set(from ${ESPBAK_SOURCE_mbedtls})
espbak_bundle(espbak::mbedcrypto mbedcrypto ${from}/include ${from}/library/aes.c ${from}/library/md.c ${from}/library/md5.c
              ${from}/library/sha256.c ${from}/library/platform.c ${from}/library/platform_util.c)
target_include_directories(bundled_mbedcrypto PUBLIC ${bundled})
target_compile_definitions(bundled_mbedcrypto PUBLIC MBEDTLS_CONFIG_FILE="mbedtls_used.h")

set(from ${ESPBAK_SOURCE_libserialport})
if(WIN32)
  set(system ${from}/windows.c)
elseif(APPLE)
  set(system ${from}/macosx.c)
else()
  set(system ${from}/linux.c ${from}/linux_termios.c)
endif()
espbak_bundle(PkgConfig::LIBSERIALPORT serialport ${from} ${from}/serialport.c ${from}/timing.c ${system})
if(APPLE)
  find_library(IOKIT IOKit)
  find_library(COREFOUNDATION CoreFoundation)
  if(NOT IOKIT)
    # Another system than a Mac: only what libserialport needs of them is declared.
    target_include_directories(bundled_serialport SYSTEM PRIVATE ${bundled}/macos)
    set(IOKIT ${bundled}/macos/IOKit.tbd)
    set(COREFOUNDATION ${bundled}/macos/CoreFoundation.tbd)
  endif()
  target_link_libraries(bundled_serialport PUBLIC ${IOKIT} ${COREFOUNDATION})
endif()
if(WIN32)
  target_link_libraries(bundled_serialport PUBLIC setupapi)
endif()
# config.h is there.
target_include_directories(bundled_serialport PRIVATE ${bundled})
target_compile_definitions(bundled_serialport PRIVATE LIBSERIALPORT_ATBUILD)

find_package(Threads REQUIRED)
set(ESPBAK_LIBRARIES ZLIB::ZLIB Threads::Threads PkgConfig::LIBSERIALPORT PkgConfig::CJSON espbak::mbedcrypto)
if(ESPBAK_TESTS)
  set(from ${ESPBAK_SOURCE_cmocka})
  espbak_bundle(PkgConfig::CMOCKA cmocka ${from}/include ${from}/src/cmocka.c)
  target_compile_definitions(bundled_cmocka PUBLIC HAVE_UINTPTR_T PRIVATE HAVE_CONFIG_H _GNU_SOURCE)
  target_include_directories(bundled_cmocka PRIVATE ${bundled}/cmocka)
endif()
