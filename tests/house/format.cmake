# SPDX-License-Identifier: Apache-2.0
cmake_minimum_required(VERSION 3.22)
# Everything looks as clang-format 14 leaves it; versions differ in details, so only that one judges.
find_program(CLANG_FORMAT NAMES clang-format-14 clang-format)
if(CLANG_FORMAT)
  execute_process(COMMAND ${CLANG_FORMAT} --version OUTPUT_VARIABLE version)
endif()
if(NOT version MATCHES "version 14\\.")
  message("SKIPPED: clang-format 14 is not installed")
  return()
endif()
file(GLOB_RECURSE files ${ROOT}/src/*.[ch] ${ROOT}/include/*.h ${ROOT}/tests/*.[ch] ${ROOT}/bench/*.[ch]
     ${ROOT}/firmware/*.h ${ROOT}/firmware/chip/*.[ch] ${ROOT}/firmware/core.c ${ROOT}/firmware/images.c)
execute_process(COMMAND ${CLANG_FORMAT} --dry-run --Werror ${files} RESULT_VARIABLE failed ERROR_VARIABLE reason)
if(failed)
  message(FATAL_ERROR "run `clang-format -i` on these:\n${reason}")
endif()
