# SPDX-License-Identifier: Apache-2.0
# Takes Espressif's stub images into the program. They are not kept in this repository: they come from the Python
# package esptool, in exactly the version and content named here, or from a folder. They are optional (ESPBAK_STUBS).
# Sets ESPBAK_STUB_SOURCE (C source for src/device/loader) and ESPBAK_STUB_ORIGIN (for the NOTICE).
set(ESPBAK_STUB_PACKAGE esptool)
set(ESPBAK_STUB_VERSION 5.6.0)
set(ESPBAK_STUB_RELEASE 1.4.1)  # of esp-flasher-stub, as the package says
# Of the source package as PyPI hands it out; pip checks it too.
set(ESPBAK_STUB_SHA256 86c7249e9cc3a824e032ede9ba20abad057a2c49e231418cc4f02b177bb36f42)
# The images of folder 1 are of the older generation and under the GPL.
set(ESPBAK_STUB_WITHIN ${ESPBAK_STUB_PACKAGE}-${ESPBAK_STUB_VERSION}/esptool/targets/stub_flasher/2)

# Have pip fetch the package into `work`; `why` becomes the last line of what it said.
function(espbak_download_stubs work why)
  find_program(ESPBAK_PIP NAMES pip3 pip HINTS ${PROJECT_SOURCE_DIR}/build/esptool/bin)
  if(NOT ESPBAK_PIP)
    set(${why} "pip is not installed" PARENT_SCOPE)
    return()
  endif()
  file(WRITE ${work}/requirements.txt
       "${ESPBAK_STUB_PACKAGE}==${ESPBAK_STUB_VERSION} --hash=sha256:${ESPBAK_STUB_SHA256}\n")
  execute_process(
    COMMAND ${ESPBAK_PIP} download --quiet --disable-pip-version-check --retries 1 --no-deps
            --no-binary ${ESPBAK_STUB_PACKAGE} --require-hashes -r requirements.txt -d .
    WORKING_DIRECTORY ${work} OUTPUT_QUIET ERROR_VARIABLE said TIMEOUT 120)
  string(STRIP "${said}" said)
  string(REGEX REPLACE "^.*\n" "" said "${said}")
  set(${why} "pip could not fetch ${ESPBAK_STUB_PACKAGE} ${ESPBAK_STUB_VERSION}: ${said}" PARENT_SCOPE)
endfunction()

# Fetch and unpack the package once a build folder; `found` becomes the folder with the JSON files, or empty, and then
# `why` says what is missing. Other content is an error.
function(espbak_fetch_stubs found why)
  set(work ${PROJECT_BINARY_DIR}/stubs)
  set(archive ${work}/${ESPBAK_STUB_PACKAGE}-${ESPBAK_STUB_VERSION}.tar.gz)
  set(${found} "" PARENT_SCOPE)
  file(MAKE_DIRECTORY ${work})
  if(NOT EXISTS ${archive})
    espbak_download_stubs(${work} reason)
    if(NOT EXISTS ${archive})
      set(${why} "${reason}" PARENT_SCOPE)
      return()
    endif()
  endif()
  file(SHA256 ${archive} sum)
  if(NOT sum STREQUAL ESPBAK_STUB_SHA256)
    message(FATAL_ERROR "${archive} is not the ${ESPBAK_STUB_PACKAGE} ${ESPBAK_STUB_VERSION} that this version of "
                        "espbak was made with: SHA-256 ${sum}. Remove it, or build with -DESPBAK_STUBS=OFF")
  endif()
  file(ARCHIVE_EXTRACT INPUT ${archive} DESTINATION ${work} PATTERNS ${ESPBAK_STUB_WITHIN})
  set(${found} ${work}/${ESPBAK_STUB_WITHIN} PARENT_SCOPE)
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
set(reason "as was asked")
if(ESPBAK_STUBS MATCHES "^(auto|npm|ON)$")  # npm is what a build folder of an earlier version may still say
  set(ESPBAK_STUB_ORIGIN "the Python package ${ESPBAK_STUB_PACKAGE} ${ESPBAK_STUB_VERSION}")
  espbak_fetch_stubs(ESPBAK_STUB_FOLDER reason)
elseif(NOT ESPBAK_STUBS MATCHES "^(OFF|none)$")
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
  list(LENGTH stubs count)
  message(STATUS "Espressif's stubs: ${count}, from ${ESPBAK_STUB_ORIGIN}")
elseif(ESPBAK_STUBS STREQUAL "ON")
  message(FATAL_ERROR "ESPBAK_STUBS=ON: ${reason}")
else()
  set(ESPBAK_STUB_ORIGIN "nothing")
  message(STATUS "Espressif's stubs: none (${reason}); espbak's own loader and the chips' ROMs serve")
endif()
espbak_embed_stubs(${ESPBAK_STUB_SOURCE} "${stubs}")
