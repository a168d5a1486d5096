# SPDX-License-Identifier: Apache-2.0
# Takes Espressif's stub images into the program. They are not kept in this repository: they come
# from the npm package esptool-js, in exactly the version and content named here, or from a folder.
# Sets ESPBAK_STUB_SOURCE (C source for src/device/loader) and ESPBAK_STUB_ORIGIN (for the NOTICE).
set(ESPBAK_STUB_PACKAGE esptool-js)
set(ESPBAK_STUB_VERSION 0.7.0)
# Of the package as npm hands it out; the same number as its "integrity", in hex.
set(ESPBAK_STUB_SHA512
    f701ee5bfb3db7856ce8729caf7a6b6b781b4555b068dd1e69b316a1d587e0a1091c4619c60996c19decd05e3171654264e73f2fdf1b199e2e5a866f47c28128)

# Fetch and unpack the package once a build folder; `found` becomes the folder with the JSON files,
# or empty with a warning when npm or the registry is not there. Other content is an error.
function(espbak_fetch_stubs found)
  set(work ${PROJECT_BINARY_DIR}/stubs)
  set(archive ${work}/${ESPBAK_STUB_PACKAGE}-${ESPBAK_STUB_VERSION}.tgz)
  set(${found} "" PARENT_SCOPE)
  file(MAKE_DIRECTORY ${work})
  if(NOT EXISTS ${archive})
    find_program(ESPBAK_NPM npm)
    if(NOT ESPBAK_NPM)
      message(WARNING "npm is not installed: building without stub images, the slower ROM loader will serve")
      return()
    endif()
    execute_process(
      COMMAND ${ESPBAK_NPM} pack --silent --ignore-scripts ${ESPBAK_STUB_PACKAGE}@${ESPBAK_STUB_VERSION}
      WORKING_DIRECTORY ${work} RESULT_VARIABLE failed OUTPUT_QUIET ERROR_VARIABLE reason TIMEOUT 120)
    if(failed OR NOT EXISTS ${archive})
      message(WARNING "npm could not fetch ${ESPBAK_STUB_PACKAGE}@${ESPBAK_STUB_VERSION}: building without stub "
                      "images, the slower ROM loader will serve\n${reason}")
      return()
    endif()
  endif()
  file(SHA512 ${archive} sum)
  if(NOT sum STREQUAL ESPBAK_STUB_SHA512)
    message(FATAL_ERROR "${archive} is not the ${ESPBAK_STUB_PACKAGE} ${ESPBAK_STUB_VERSION} that this version of "
                        "espbak was made with: SHA-512 ${sum}. Remove it, or build with -DESPBAK_STUBS=none")
  endif()
  file(ARCHIVE_EXTRACT INPUT ${archive} DESTINATION ${work} PATTERNS package/lib/targets/stub_flasher package/LICENSE)
  set(${found} ${work}/package/lib/targets/stub_flasher PARENT_SCOPE)
endfunction()

# One row of the table and one byte array for each JSON file, into the variables of the caller.
macro(espbak_add_stub json)
  get_filename_component(stub ${json} NAME_WE)
  string(MAKE_C_IDENTIFIER "json_${stub}" array)
  file(READ ${json} hex HEX)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
  string(REGEX REPLACE "(0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,)" "\\1\n"
                       bytes "${bytes}")
  string(APPEND arrays "static const unsigned char ${array}[] = {\n${bytes}\n};\n")
  string(APPEND rows "    {\"${stub}\", ${array}, sizeof(${array})},\n")
endmacro()

function(espbak_embed_stubs source files)
  list(LENGTH files count)
  set(arrays "")
  set(rows "")
  foreach(json ${files})
    espbak_add_stub(${json})
  endforeach()
  file(CONFIGURE OUTPUT ${source} @ONLY CONTENT
"/* Made by cmake/EspbakStubs.cmake from @ESPBAK_STUB_ORIGIN@; see NOTICE. */
#include \"device/loader/stub/embedded.h\"

@arrays@
const stub_embedded stub_embedded_table[] = {
@rows@    {NULL, NULL, 0},
};
const size_t stub_embedded_count = @count@;
")
endfunction()

set(ESPBAK_STUB_SOURCE ${PROJECT_BINARY_DIR}/stubs/stub_embedded.c)
set(ESPBAK_STUB_FOLDER "")
if(ESPBAK_STUBS STREQUAL "npm")
  set(ESPBAK_STUB_ORIGIN "the npm package ${ESPBAK_STUB_PACKAGE} ${ESPBAK_STUB_VERSION}")
  espbak_fetch_stubs(ESPBAK_STUB_FOLDER)
elseif(NOT ESPBAK_STUBS STREQUAL "none")
  get_filename_component(ESPBAK_STUB_FOLDER "${ESPBAK_STUBS}" ABSOLUTE BASE_DIR ${CMAKE_BINARY_DIR})
  set(ESPBAK_STUB_ORIGIN "a folder that the builder chose")
endif()

set(stubs "")
if(ESPBAK_STUB_FOLDER)
  file(GLOB stubs ${ESPBAK_STUB_FOLDER}/*.json)
  list(SORT stubs)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${stubs})
  if(NOT stubs)
    message(FATAL_ERROR "ESPBAK_STUBS=${ESPBAK_STUBS}: no stub image (*.json) in ${ESPBAK_STUB_FOLDER}")
  endif()
else()
  set(ESPBAK_STUB_ORIGIN "nothing")
  message(STATUS "No stub images are embedded")
endif()
espbak_embed_stubs(${ESPBAK_STUB_SOURCE} "${stubs}")
list(LENGTH stubs count)
message(STATUS "Stub images embedded: ${count}")
