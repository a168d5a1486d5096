# SPDX-License-Identifier: Apache-2.0
cmake_minimum_required(VERSION 3.22)
# Each part of a session is written by its room of src/device alone. The files of a room are compiled once more, with
# headers in which everything that belongs to others is const: so the compiler finds what writes there, however it does.
# OUT is a folder for these headers, INCLUDES has where those of other libraries are, with colons in between.

# A member, the header it stands in, and the room that writes it; "none": it is set when the session is opened. All
# files of loader/ are one room here. What is kept of the device has three owners.
set(members
    "session none espbak_transport *transport"
    "session none const espbak_events *events"
    "session info espbak_device_info info"
    "session loader session_line line"
    "session chip struct chip_facts *chip"
    "session loader struct loader_state *loader"
    "session flash struct flash_facts *flash"
    "session protect struct protect_facts *protect"
    "session visit struct visit *visit"
    "state loader struct own_loader *own"
    "device chip const espbak_chip *chip"
    "device chip unsigned revision"
    "device chip bool revision_known"
    "device chip char name"
    "device chip char features"
    "device chip unsigned crystal_mhz"
    "device chip uint8_t mac"
    "device chip bool mac_known"
    "device flash espbak_flash_info flash"
    "device chip espbak_security security"
    "device loader espbak_link_info link")
set(path_session src/device/session.h)
set(path_state src/device/loader/state.h)
set(path_device include/espbak/device.h)
string(REPLACE ":" ";" INCLUDES "${INCLUDES}")
set(info_chip TRUE)
set(info_loader TRUE)
set(info_flash TRUE)
# It makes sessions, and so has to write everything once.
set(maker src/device/visit/session.c)
set(flags -std=c11 -Wall -Wextra -Werror -Wno-unused -fsyntax-only)

# What a declaration has to begin with in order to be read only. What a part's pointer leads to is const too.
function(make_const declaration out)
  if(declaration MATCHES "^struct (.*)[*](.*)$")
    set(${out} "const struct ${CMAKE_MATCH_1}*const ${CMAKE_MATCH_2}" PARENT_SCOPE)
  elseif(declaration MATCHES "^(.*)[*](.*)$")
    set(${out} "${CMAKE_MATCH_1}*const ${CMAKE_MATCH_2}" PARENT_SCOPE)
  else()
    set(${out} "const ${declaration}" PARENT_SCOPE)
  endif()
endfunction()

# The headers as the files of `room` may see them.
function(write_headers room)
  foreach(header session state device)
    file(READ ${ROOT}/${path_${header}} text_${header})
  endforeach()
  foreach(member ${members})
    string(REGEX MATCH "^([a-z]+) ([a-z]+) (.*)$" found "${member}")
    set(header ${CMAKE_MATCH_1})
    set(owner ${CMAKE_MATCH_2})
    set(declaration "${CMAKE_MATCH_3}")
    string(REGEX REPLACE "([*])" "[\\1]" pattern "${declaration}")
    if(NOT text_${header} MATCHES "\n    ${pattern}[;[]")
      message(FATAL_ERROR "${path_${header}} does not have \"${declaration}\", which tests/house/owners.cmake knows")
    endif()
    if(owner STREQUAL room OR (owner STREQUAL "info" AND info_${room}))
      continue()
    elseif(header STREQUAL "device" AND NOT info_${room})
      continue() # all of it is const in the session
    endif()
    make_const("${declaration}" replacement)
    string(REPLACE "\n    ${declaration}" "\n    ${replacement}" text_${header} "${text_${header}}")
  endforeach()
  file(WRITE ${OUT}/${room}/device/session.h "${text_session}")
  file(WRITE ${OUT}/${room}/device/loader/state.h "${text_state}")
  file(WRITE ${OUT}/${room}/espbak/device.h "${text_device}")
endfunction()

function(compile room file out)
  set(includes -I${OUT}/${room} -I${ROOT}/include -I${ROOT}/src -I${ROOT})
  foreach(folder ${INCLUDES})
    list(APPEND includes -isystem ${folder})
  endforeach()
  execute_process(COMMAND ${CC} ${flags} ${includes} -x c ${file} RESULT_VARIABLE failed ERROR_VARIABLE reason)
  set(${out} "" PARENT_SCOPE)
  if(failed)
    set(${out} "${reason}" PARENT_SCOPE)
  endif()
endfunction()

# A file that writes where nobody may, and where only one room may: the check has to find it.
function(plant room part write)
  set(file ${OUT}/planted.c)
  file(WRITE ${file} "#include \"device/chip/facts.h\"\n#include \"device/flash/facts.h\"\n#include \"device/loader/own.h\"\n"
       "#include \"device/protect/facts.h\"\n"
       "#include \"device/loader/state.h\"\n#include \"device/visit/visit.h\"\n"
       "void plant(espbak_session *session);\nvoid plant(espbak_session *session)\n{\n    ${write};\n}\n")
  compile(${room} ${file} reason)
  if(room STREQUAL part AND reason)
    message(FATAL_ERROR "${part} may not do what is its own, \"${write}\":\n${reason}")
  elseif(NOT room STREQUAL part AND NOT reason)
    message(FATAL_ERROR "nobody sees that ${room} does what only ${part} may, \"${write}\"")
  endif()
endfunction()

set(wrong "")
set(rooms none chip rate loader flash protect visit transfer)
foreach(room ${rooms})
  write_headers(${room})
  plant(${room} chip "session->chip->word_count = 0")
  plant(${room} chip "session->info.name[0] = 0")
  plant(${room} loader "session->loader->synced = true")
  plant(${room} loader "espbak_link_info *link = &session->info.link; link->baud = 0")
  plant(${room} loader "session->line.round_trip++")
  plant(${room} flash "flash_facts *facts = session->flash; facts->changed = true")
  plant(${room} flash "session->info.flash.size = 0")
  plant(${room} protect "session->protect->on = true")
  plant(${room} visit "session->visit->adrift = true")
  set(folder ${room})
  if(room STREQUAL "none")
    file(GLOB files ${ROOT}/src/device/*.c)
  else()
    file(GLOB_RECURSE files ${ROOT}/src/device/${room}/*.c)
  endif()
  foreach(file ${files})
    file(RELATIVE_PATH name ${ROOT} ${file})
    if(NOT name STREQUAL maker)
      compile(${room} ${file} reason)
      if(reason)
        string(APPEND wrong "${reason}\n")
      endif()
    endif()
  endforeach()
endforeach()
if(wrong)
  message(FATAL_ERROR "a room writes what belongs to another (see src/device/session.h):\n${wrong}")
endif()
