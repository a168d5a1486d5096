# SPDX-License-Identifier: Apache-2.0
# The library for other programs: all layers below the command line, shared and static, with what CMake and pkg-config
# need to know. espbak itself links the layers and stays one file.
include(CMakePackageConfigHelpers)
set(objects "")
foreach(layer base firmware sim transport protocol device image store ops)
  list(APPEND objects $<TARGET_OBJECTS:espbak_${layer}>)
endforeach()
set(map ${CMAKE_CURRENT_LIST_DIR}/espbak.map)

add_library(espbak_shared SHARED ${objects})
target_link_libraries(espbak_shared PRIVATE espbak_flags ${ESPBAK_LIBRARIES} ${ESPBAK_OS_LIBRARIES})
set_target_properties(espbak_shared PROPERTIES EXPORT_NAME espbak OUTPUT_NAME espbak LINKER_LANGUAGE C
                      VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR})
if(NOT APPLE)
  target_link_options(espbak_shared PRIVATE LINKER:--version-script=${map})
  set_target_properties(espbak_shared PROPERTIES LINK_DEPENDS ${map})
endif()

# An archive has no export map: its objects see each other, and so does the program that links them, which may well have
# a slip_encode of its own. Therefore all of them are linked into one object first, in which every other name becomes
# local. The linker of Apple does that for hidden names by itself.
set(object ${PROJECT_BINARY_DIR}/espbak.o)
set(list ${PROJECT_BINARY_DIR}/espbak.objects)
file(GENERATE OUTPUT ${list} CONTENT "\"$<JOIN:${objects},\"\n\">\"\n")
separate_arguments(flags NATIVE_COMMAND "${CMAKE_C_FLAGS}")
if(CMAKE_C_COMPILER_ID STREQUAL "GNU")
  # With -flto among the flags the result shall be code all the same.
  list(APPEND flags -flinker-output=nolto-rel)
endif()
set(localize "")
if(NOT APPLE)
  set(localize COMMAND ${CMAKE_OBJCOPY} --wildcard --keep-global-symbol=espbak_* ${object})
endif()
add_custom_command(OUTPUT ${object} COMMAND ${CMAKE_C_COMPILER} ${flags} -r -nostdlib -o ${object} @${list} ${localize}
                   DEPENDS ${objects} ${list} VERBATIM)
add_library(espbak_static STATIC ${object})
target_link_libraries(espbak_static PRIVATE ${ESPBAK_LIBRARIES} ${ESPBAK_OS_LIBRARIES})
set_target_properties(espbak_static PROPERTIES OUTPUT_NAME espbak LINKER_LANGUAGE C)

set(package ${CMAKE_INSTALL_LIBDIR}/cmake/espbak)
foreach(kind shared static)
  target_include_directories(espbak_${kind} INTERFACE $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>)
  install(TARGETS espbak_${kind} EXPORT espbak-${kind} INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
  install(EXPORT espbak-${kind} NAMESPACE espbak:: DESTINATION ${package})
endforeach()
install(DIRECTORY include/espbak DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})

write_basic_package_version_file(${PROJECT_BINARY_DIR}/espbak-config-version.cmake COMPATIBILITY SameMinorVersion)
set(ESPBAK_ZSTD_USED OFF)
set(ESPBAK_PC_ZSTD "")
if(TARGET PkgConfig::ZSTD)
  set(ESPBAK_ZSTD_USED ON)
  set(ESPBAK_PC_ZSTD " libzstd")
endif()
configure_file(cmake/espbak-config.cmake ${PROJECT_BINARY_DIR}/espbak-config.cmake @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/espbak-config.cmake cmake/espbak-libraries.cmake ${PROJECT_BINARY_DIR}/espbak-config-version.cmake
        DESTINATION ${package})

# Found from where the file lies, so that what is installed, packed or moved to another prefix stays right.
file(RELATIVE_PATH ESPBAK_PC_PREFIX /prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig /prefix)
string(REGEX REPLACE "/$" "" ESPBAK_PC_PREFIX ${ESPBAK_PC_PREFIX})
list(TRANSFORM ESPBAK_OS_LIBRARIES PREPEND " -l" OUTPUT_VARIABLE ESPBAK_PC_OS)
list(JOIN ESPBAK_PC_OS "" ESPBAK_PC_OS)
configure_file(cmake/espbak.pc.in ${PROJECT_BINARY_DIR}/espbak.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/espbak.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
