# SPDX-License-Identifier: Apache-2.0
# A chip is a file: the list of all of them is made from the names of the files (docs/adding-a-chip.md). The layer `name`
# includes "chips/<name>.h", in which CHIPS(DO) is DO(esp32) DO(esp32c2) and so on for each esp*.c in `folder`.
function(espbak_list_chips name folder)
  file(GLOB files CONFIGURE_DEPENDS RELATIVE ${PROJECT_SOURCE_DIR}/${folder} ${PROJECT_SOURCE_DIR}/${folder}/esp*.c)
  list(SORT files COMPARE NATURAL)
  list(TRANSFORM files REPLACE "^(.*)\\.c$" " DO(\\1)")
  list(JOIN files "" all)
  file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/made/chips/${name}.h CONTENT
       "/* Made by cmake/EspbakChips.cmake from the files of ${folder}. */\n#define CHIPS(DO)${all}\n")
  target_include_directories(espbak_${name} PRIVATE ${PROJECT_BINARY_DIR}/made)
endfunction()
