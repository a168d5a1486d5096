# SPDX-License-Identifier: Apache-2.0
cmake_minimum_required(VERSION 3.22)
# Every source names its licence on its first line and leaves no marks of unfinished work; library code neither
# prints nor ends the program. How long files may be is a matter of rooms.py.
set(wrong "")
file(GLOB_RECURSE files RELATIVE ${ROOT} ${ROOT}/src/*.[ch] ${ROOT}/include/*.h ${ROOT}/tests/*.[ch] ${ROOT}/bench/*.[ch]
     ${ROOT}/examples/*.c ${ROOT}/examples/*.cpp
     ${ROOT}/firmware/*.[ch]
     ${ROOT}/cmake/*.cmake ${ROOT}/tests/*.cmake ${ROOT}/tests/*.py ${ROOT}/tests/*.sh ${ROOT}/bench/*.py)
foreach(file ${files})
  file(STRINGS ${ROOT}/${file} head LIMIT_COUNT 2)
  if(NOT head MATCHES "SPDX-License-Identifier: Apache-2.0")
    string(APPEND wrong "  ${file}: no SPDX line on top\n")
  endif()
  file(STRINGS ${ROOT}/${file} marks REGEX "T[O]DO|F[I]XME|(^|[^X])X[X]X([^X]|$)")
  if(marks)
    string(APPEND wrong "  ${file}: unfinished work is an issue, not a mark: ${marks}\n")
  endif()
  if(file MATCHES "^src/" AND NOT file MATCHES "^src/(cli/|sim/server/espsim_main)")
    file(STRINGS ${ROOT}/${file} calls REGEX
         "(^|[^_a-z])((v?printf|puts|putchar|perror|exit|abort)\\(|v?fprintf\\(std(out|err)|fputs\\(.*std(out|err)\\))")
    if(calls)
      string(APPEND wrong "  ${file}: library code neither prints nor exits: ${calls}\n")
    endif()
  endif()
endforeach()
# What others wrote stays as they wrote it.
file(GLOB_RECURSE foreign RELATIVE ${ROOT}/third_party ${ROOT}/third_party/*.[ch])
file(STRINGS ${ROOT}/third_party/SHA256SUMS sums)
foreach(file ${foreign})
  file(SHA256 ${ROOT}/third_party/${file} sum)
  if(NOT "${sum}  ${file}" IN_LIST sums)
    string(APPEND wrong "  third_party/${file}: not as third_party/SHA256SUMS has it\n")
  endif()
endforeach()
if(wrong)
  message(FATAL_ERROR "against the rules of CONTRIBUTING.md:\n${wrong}")
endif()
