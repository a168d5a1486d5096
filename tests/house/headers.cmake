# SPDX-License-Identifier: Apache-2.0
cmake_minimum_required(VERSION 3.22)
# Every header compiles alone, and twice in a row.
set(wrong "")
file(GLOB_RECURSE headers RELATIVE ${ROOT} ${ROOT}/include/*.h ${ROOT}/src/*.h)
foreach(header ${headers})
  execute_process(
    COMMAND ${CC} -std=c11 -Wall -Wextra -Wconversion -Wstrict-prototypes -Werror -Wno-unused -fsyntax-only
            -I${ROOT}/include -I${ROOT}/src -I${ROOT} -include ${ROOT}/${header} -x c ${ROOT}/tests/house/empty.h
    RESULT_VARIABLE failed ERROR_VARIABLE reason)
  if(failed)
    string(APPEND wrong "${header}:\n${reason}\n")
  endif()
endforeach()
if(wrong)
  message(FATAL_ERROR "headers that do not compile alone:\n${wrong}")
endif()
