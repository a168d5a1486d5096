# SPDX-License-Identifier: Apache-2.0
# For a cross compiler without libraries: the headers of this computer's libraries, which are the same on every system,
# copied to a folder of their own so that nothing else of it is seen; and an import library with the functions that they
# declare. What is linked with it cannot run, but shows that nothing of espbak is missing there.
set(headers ${PROJECT_BINARY_DIR}/headers)
set(names "")
foreach(header libserialport.h zlib.h zconf.h cjson/cJSON.h mbedtls/md.h psa/crypto.h)
  string(REGEX REPLACE "/.*" "" top ${header})
  find_path(found_${top} ${top} PATHS /usr/include /usr/local/include NO_CMAKE_FIND_ROOT_PATH
            PATH_SUFFIXES ${CMAKE_LIBRARY_ARCHITECTURE} x86_64-linux-gnu aarch64-linux-gnu REQUIRED)
  file(COPY ${found_${top}}/${top} DESTINATION ${headers})
  file(READ ${headers}/${header} text)
  string(REGEX MATCHALL "ZEXPORT [A-Za-z0-9_]+|(sp|cJSON|mbedtls)_[A-Za-z0-9_]+\\(" found "${text}")
  string(REGEX REPLACE "ZEXPORT |\\(" "" found "${found}")
  list(APPEND names ${found})
endforeach()
list(REMOVE_DUPLICATES names)
list(JOIN names "\n" names)
file(WRITE ${headers}/standins.def "LIBRARY standins.dll\nEXPORTS\n${names}\n")
execute_process(COMMAND ${CMAKE_DLLTOOL} -d ${headers}/standins.def -l ${headers}/libstandins.a
                COMMAND_ERROR_IS_FATAL ANY)

set(ESPBAK_LIBRARIES ZLIB::ZLIB Threads::Threads PkgConfig::LIBSERIALPORT PkgConfig::CJSON espbak::mbedcrypto)
foreach(target ${ESPBAK_LIBRARIES})
  add_library(${target} INTERFACE IMPORTED)
  target_include_directories(${target} SYSTEM INTERFACE ${headers})
  target_link_libraries(${target} INTERFACE ${headers}/libstandins.a)
endforeach()
