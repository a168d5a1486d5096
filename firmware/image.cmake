# SPDX-License-Identifier: Apache-2.0
# Makes the C source of the loader's image from its ELF file: -DGCC=... -DCHIP=... -DWORK=... -DMOST=... -P this
cmake_minimum_required(VERSION 3.22)
string(REGEX REPLACE "gcc$" "" tools ${GCC})

function(run)
  execute_process(COMMAND ${ARGN} OUTPUT_VARIABLE output RESULT_VARIABLE failed)
  if(failed)
    message(FATAL_ERROR "failed: ${ARGN}")
  endif()
  set(output "${output}" PARENT_SCOPE)
endfunction()

run(${tools}nm ${WORK}/loader.elf)
foreach(symbol _text _text_end _data _data_end _bss_end _start)
  if(NOT output MATCHES "([0-9a-f]+) [A-Za-z] ${symbol}\n")
    message(FATAL_ERROR "${WORK}/loader.elf has no ${symbol}")
  endif()
  set(${symbol} 0x${CMAKE_MATCH_1})
endforeach()
math(EXPR code "${_text_end} - ${_text}")
math(EXPR data "${_data_end} - ${_data}")
math(EXPR state "${_bss_end} - ${_data_end}")
message("loader for ${CHIP}: ${code} bytes of code, ${data} of data, ${state} zeroed")
if(code GREATER MOST)
  message(FATAL_ERROR "at most ${MOST} bytes of code are wanted")
endif()

# `initializer` becomes one of a loader_segment.
macro(segment name size)
  set(initializer_${name} "{0}")
  if(${size} GREATER 0)
    run(${tools}objcopy -O binary -j .${name} ${WORK}/loader.elf ${WORK}/${name}.bin)
    file(READ ${WORK}/${name}.bin hex HEX)
    string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1, " bytes "${hex}")
    string(REPEAT "0x.., " 16 line)
    string(REGEX REPLACE "(${line})" "    \\1\n" bytes "${bytes}")
    string(REGEX REPLACE "\n(0x)" "\n    \\1" bytes "${bytes}")
    string(REGEX REPLACE "^(0x)" "    \\1" bytes "${bytes}")
    string(REGEX REPLACE " +(\n|$)" "\n" bytes "${bytes}\n")
    string(REGEX REPLACE "\n+$" "" bytes "${bytes}")
    string(APPEND arrays "static const uint8_t ${name}[] = {\n${bytes}\n};\n\n")
    set(initializer_${name} "{${name}, sizeof(${name}), ${_${name}}}")
  endif()
endmacro()

set(arrays "")
segment(text ${code})
segment(data ${data})
file(WRITE ${WORK}.c
"/* SPDX-License-Identifier: Apache-2.0 */
/* clang-format off */
/* Made from firmware/chip by the CMake target `firmware`; not to be changed by hand. */
#include \"firmware/images.h\"

${arrays}const loader_image loader_image_${CHIP} = {
    .chip = \"${CHIP}\",
    .text = ${initializer_text},
    .data = ${initializer_data},
    .entry = ${_start},
};
")
