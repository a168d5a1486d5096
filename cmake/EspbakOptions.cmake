# SPDX-License-Identifier: Apache-2.0
# What a builder may choose, and the compiler flags that follow from it.
option(ESPBAK_TESTS "Build the tests" ON)
option(ESPBAK_WERROR "Treat warnings as errors" OFF)
option(ESPBAK_COVERAGE "Count the lines that tests reach" OFF)
option(ESPBAK_ANALYZE "Let gcc look for bugs while it compiles (-fanalyzer)" OFF)
option(ESPBAK_FUZZ "Build the fuzz targets for libFuzzer instead of for replaying their corpus" OFF)
option(ESPBAK_SOAK "Run the whole product of chips, transports and modes in the peer tests" OFF)
option(ESPBAK_BUNDLED "Build the libraries along, from pinned sources, instead of taking the system's" OFF)
option(ESPBAK_LIBRARY "Build and install the library for other programs too" OFF)
option(ESPBAK_ZSTD "Unpack what zstd has packed, where libzstd is there" ON)
option(ESPBAK_FILES "Take in littlefs and FatFs, to read files of LittleFS and FAT" ON)
set(ESPBAK_SANITIZE "" CACHE STRING "Sanitizers to build with, such as address,undefined")
set(ESPBAK_STUBS "auto" CACHE STRING
    "Take in Espressif's stubs: auto (if they can be had), ON, OFF, or a folder with their JSON files")

set(CMAKE_POSITION_INDEPENDENT_CODE ON)

add_library(espbak_flags INTERFACE)
# What is not marked ESPBAK_API does not leave the library.
target_compile_options(espbak_flags INTERFACE -fvisibility=hidden)
target_compile_definitions(espbak_flags INTERFACE _FILE_OFFSET_BITS=64)
target_compile_options(espbak_flags INTERFACE -Wall -Wextra -Wconversion -Wshadow -Wstrict-prototypes
                                              -Wmissing-prototypes -Wvla -Wformat=2)
if(CMAKE_C_COMPILER_ID MATCHES "Clang")
  # Constants of ours are enumerators; that one is reckoned with as a real number loses nothing.
  target_compile_options(espbak_flags INTERFACE -Wno-enum-float-conversion)
  if(ESPBAK_TARGET MATCHES "musl")
    # Its ioctl() takes an int, its numbers for it are unsigned.
    target_compile_options(espbak_flags INTERFACE -Wno-sign-conversion)
  endif()
endif()
if(ESPBAK_WERROR)
  target_compile_options(espbak_flags INTERFACE -Werror)
endif()
if(CMAKE_BUILD_TYPE MATCHES "^Rel" AND NOT WIN32)
  target_compile_options(espbak_flags INTERFACE -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 -fstack-protector-strong)
endif()
if(ESPBAK_SANITIZE)
  target_compile_options(espbak_flags INTERFACE -fsanitize=${ESPBAK_SANITIZE} -fno-omit-frame-pointer
                                                -fno-sanitize-recover=all)
  target_link_options(espbak_flags INTERFACE -fsanitize=${ESPBAK_SANITIZE})
endif()
if(ESPBAK_FUZZ)
  # The simulated chip is what the targets are run against: watching its branches too only takes time.
  target_compile_options(espbak_flags INTERFACE
                         $<$<NOT:$<STREQUAL:$<TARGET_PROPERTY:NAME>,espbak_sim>>:-fsanitize=fuzzer-no-link>)
endif()
if(ESPBAK_ANALYZE)
  # gcc loses what is stored through a pointer that was chosen by a condition, and calls it leaked; leaks are looked
  # for by LeakSanitizer in all tests, and by clang's analyzer.
  target_compile_options(espbak_flags INTERFACE -fanalyzer -Wno-analyzer-malloc-leak)
  target_compile_definitions(espbak_flags INTERFACE ESPBAK_ANALYZER)
endif()
if(ESPBAK_COVERAGE)
  target_compile_options(espbak_flags INTERFACE --coverage)
  target_link_options(espbak_flags INTERFACE --coverage)
endif()
