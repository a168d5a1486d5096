# SPDX-License-Identifier: Apache-2.0
cmake_minimum_required(VERSION 3.22)
# Every header compiles alone, and twice in a row; the public ones also as C++.
set(wrong "")
set(flags -Wall -Wextra -Wconversion -Werror -Wno-unused -fsyntax-only -I${ROOT}/include -I${ROOT}/src -I${ROOT}
          -isystem ${ROOT}/third_party/littlefs -isystem ${ROOT}/third_party/fatfs -isystem ${ROOT}/src/image/files)
file(GLOB_RECURSE headers RELATIVE ${ROOT} ${ROOT}/src/*.h)
foreach(header ${headers})
  execute_process(COMMAND ${CC} -std=c11 -Wstrict-prototypes ${flags} -x c
                          -include ${ROOT}/${header} ${ROOT}/${header}
                  RESULT_VARIABLE failed ERROR_VARIABLE reason)
  if(failed)
    string(APPEND wrong "${header}:\n${reason}\n")
  endif()
endforeach()

# Headers of Windows make a macro of the word "interface".
list(APPEND flags -pedantic -Dinterface=struct)
file(GLOB headers RELATIVE ${ROOT} ${ROOT}/include/espbak/*.h)
foreach(header ${headers})
  foreach(standard c11 c++11 c++17)
    set(compiler ${CC} -x c)
    if(standard MATCHES "c\\+\\+")
      if(NOT CXX)
        continue()
      endif()
      set(compiler ${CXX} -x c++)
    endif()
    execute_process(COMMAND ${compiler} -std=${standard} ${flags} -include ${ROOT}/${header} ${ROOT}/${header}
                    RESULT_VARIABLE failed ERROR_VARIABLE reason)
    if(failed)
      string(APPEND wrong "${header} (${standard}):\n${reason}\n")
    endif()
  endforeach()
endforeach()
if(wrong)
  message(FATAL_ERROR "headers that do not compile alone:\n${wrong}")
endif()
if(NOT CXX)
  message("SKIPPED: there is no C++ compiler")
endif()
