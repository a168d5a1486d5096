# SPDX-License-Identifier: Apache-2.0
# The reader that runs in the chips (docs/reader.md). Its images are kept as C sources in
# src/reader/images, so only who changes src/reader needs the two cross compilers. Target `readers` writes the images
# anew; the test readers/unchanged says when they are not what the sources give.
find_program(ESPBAK_XTENSA_GCC xtensa-lx106-elf-gcc)
find_program(ESPBAK_RISCV_GCC riscv64-unknown-elf-gcc)
set(ESPBAK_READERS_XTENSA esp32 esp32s2 esp32s3)
set(ESPBAK_READERS_RISCV esp32c2 esp32c3 esp32c5 esp32c6 esp32c61 esp32h2 esp32p4)
set(ESPBAK_READERS_CALL0 esp8266)
set(ESPBAK_READERS ${ESPBAK_READERS_XTENSA} ${ESPBAK_READERS_RISCV} ${ESPBAK_READERS_CALL0})
list(JOIN ESPBAK_READERS "," ESPBAK_READERS)
set(ESPBAK_READER_CODE_MOST 4096)

set(reader_flags -std=c11 -Os -ffreestanding -fno-builtin -fwhole-program
                 -Wall -Wextra -Wconversion -Wshadow -Werror)
set(reader_flags_xtensa -mabi=windowed -mlongcalls -mtext-section-literals)
set(reader_flags_call0 -mabi=call0 -mlongcalls -mtext-section-literals)
set(reader_flags_riscv -march=rv32imc_zicsr -mabi=ilp32 -msmall-data-limit=0)

# `image` becomes the C source in the build folder.
function(espbak_reader image chip architecture gcc)
  set(from ${PROJECT_SOURCE_DIR}/src/reader/chip)
  set(work ${PROJECT_BINARY_DIR}/readers/${chip})
  file(MAKE_DIRECTORY ${work})
  file(GLOB parts CONFIGURE_DEPENDS ${from}/* ${PROJECT_SOURCE_DIR}/src/reader/*.[ch])
  set(flags ${reader_flags_${architecture}} -Wa,-I,${from})
  add_custom_command(
    OUTPUT ${work}.c
    COMMAND ${gcc} ${reader_flags} ${flags} -DREADER_CHIP="${chip}.h" -c ${from}/reader.c -o ${work}/reader.o
    COMMAND ${gcc} ${flags} -c ${from}/start_${architecture}.S -o ${work}/start.o
    COMMAND ${gcc} ${flags} -nostdlib -L${from} -T${chip}.ld ${work}/start.o ${work}/reader.o -o ${work}/reader.elf
    COMMAND ${CMAKE_COMMAND} -DGCC=${gcc} -DCHIP=${chip} -DWORK=${work} -DMOST=${ESPBAK_READER_CODE_MOST}
            -P ${PROJECT_SOURCE_DIR}/cmake/ReaderImage.cmake
    DEPENDS ${parts} ${PROJECT_SOURCE_DIR}/cmake/ReaderImage.cmake
    COMMENT "Reader for ${chip}" VERBATIM)
  set(${image} ${work}.c PARENT_SCOPE)
endfunction()

if(ESPBAK_XTENSA_GCC AND ESPBAK_RISCV_GCC)
  set(images "")
  set(copies "")
  set(ESPBAK_CALL0_GCC ${ESPBAK_XTENSA_GCC})
  foreach(architecture xtensa riscv call0)
    string(TOUPPER ${architecture} upper)
    foreach(chip ${ESPBAK_READERS_${upper}})
      espbak_reader(image ${chip} ${architecture} ${ESPBAK_${upper}_GCC})
      list(APPEND images ${image})
      list(APPEND copies COMMAND ${CMAKE_COMMAND} -E copy_if_different ${image}
                         ${PROJECT_SOURCE_DIR}/src/reader/images/${chip}.c)
    endforeach()
  endforeach()
  set(always "")
  if(ESPBAK_TESTS)
    set(always ALL)
  endif()
  add_custom_target(reader_images ${always} DEPENDS ${images})
  add_custom_target(readers ${copies} DEPENDS reader_images VERBATIM)
endif()
