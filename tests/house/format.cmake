# SPDX-License-Identifier: Apache-2.0
cmake_minimum_required(VERSION 3.22)
# Everything looks as clang-format 19 leaves it; versions differ in details, so only that one judges. tools/setup
# brings it as a Python package, the same on every system.
find_program(CLANG_FORMAT NAMES clang-format PATHS ${ROOT}/build/esptool/bin NO_DEFAULT_PATH)
if(NOT CLANG_FORMAT)
  find_program(CLANG_FORMAT NAMES clang-format-19 clang-format)
endif()
if(CLANG_FORMAT)
  execute_process(COMMAND ${CLANG_FORMAT} --version OUTPUT_VARIABLE version)
endif()
if(NOT version MATCHES "version 19\\.")
  message("SKIPPED: clang-format 19 is not installed")
  return()
endif()
file(GLOB_RECURSE files ${ROOT}/src/*.[ch] ${ROOT}/include/*.h ${ROOT}/tests/*.[ch] ${ROOT}/bench/*.[ch]
     ${ROOT}/examples/*.c ${ROOT}/examples/*.cpp
     ${ROOT}/firmware/*.h ${ROOT}/firmware/chip/*.[ch] ${ROOT}/firmware/core.c ${ROOT}/firmware/images.c)
execute_process(COMMAND ${CLANG_FORMAT} --dry-run --Werror ${files} RESULT_VARIABLE failed ERROR_VARIABLE reason)
if(failed)
  message(FATAL_ERROR "run `${CLANG_FORMAT} -i` on these:\n${reason}")
endif()
