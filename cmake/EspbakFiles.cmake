# SPDX-License-Identifier: Apache-2.0
# The file systems that are read by their authors' code (third_party/), as sources of the layer `image`. They are told
# from here that nothing is written, printed or allocated; their warnings are not ours.
set(third_party ${PROJECT_SOURCE_DIR}/third_party)
set(ESPBAK_FILES_SOURCES "")
if(ESPBAK_FILES)
  set(ESPBAK_FILES_SOURCES ${third_party}/littlefs/lfs.c ${third_party}/littlefs/lfs_util.c)
endif()
# FatFs is included by fat_library.c, and finds its settings beside that.
set(ESPBAK_FILES_FOREIGN ${ESPBAK_FILES_SOURCES} ${PROJECT_SOURCE_DIR}/src/image/files/fat_library.c)
set(ESPBAK_FILES_FOLDERS ${third_party}/littlefs ${third_party}/fatfs ${PROJECT_SOURCE_DIR}/src/image/files)
set(ESPBAK_FILES_DEFINITIONS ESPBAK_FILES LFS_READONLY LFS_NO_MALLOC LFS_NO_ASSERT LFS_NO_DEBUG LFS_NO_WARN LFS_NO_ERROR)

# To be called in the folder of the target.
function(espbak_add_files target)
  if(NOT ESPBAK_FILES)
    file(GLOB left_out ${PROJECT_SOURCE_DIR}/src/image/files/fat*.c ${PROJECT_SOURCE_DIR}/src/image/files/littlefs*.c
                       ${PROJECT_SOURCE_DIR}/src/image/files/wear.c)
    set_source_files_properties(${left_out} PROPERTIES HEADER_FILE_ONLY ON)
    return()
  endif()
  target_include_directories(${target} SYSTEM PRIVATE ${ESPBAK_FILES_FOLDERS})
  target_compile_definitions(${target} PRIVATE ${ESPBAK_FILES_DEFINITIONS})
  set(options -w)
  if(ESPBAK_ANALYZE)
    list(APPEND options -fno-analyzer)
  endif()
  set_source_files_properties(${ESPBAK_FILES_FOREIGN} PROPERTIES COMPILE_OPTIONS "${options}")
endfunction()
