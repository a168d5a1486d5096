# What a builder may choose, and the compiler flags that follow from it.
option(ESPBAK_TESTS "Build the tests" ON)
option(ESPBAK_WERROR "Treat warnings as errors" OFF)
set(ESPBAK_SANITIZE "" CACHE STRING "Sanitizers to build with, such as address,undefined")
set(ESPBAK_STUBS "npm" CACHE STRING "Where stub images come from: npm, none, or a folder with their JSON files")

add_library(espbak_flags INTERFACE)
target_compile_options(espbak_flags INTERFACE -Wall -Wextra -Wconversion -Wshadow -Wstrict-prototypes
                                              -Wmissing-prototypes -Wvla -Wformat=2)
if(ESPBAK_WERROR)
  target_compile_options(espbak_flags INTERFACE -Werror)
endif()
if(ESPBAK_SANITIZE)
  target_compile_options(espbak_flags INTERFACE -fsanitize=${ESPBAK_SANITIZE} -fno-omit-frame-pointer
                                                -fno-sanitize-recover=all)
  target_link_options(espbak_flags INTERFACE -fsanitize=${ESPBAK_SANITIZE})
endif()
