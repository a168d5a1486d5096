# SPDX-License-Identifier: Apache-2.0
# The profiles of data/profiles, put into the program, so that it finds them wherever it stands.
file(GLOB profiles CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/data/profiles/*.json)
list(SORT profiles)
set(arrays "")
set(rows "")
foreach(json ${profiles})
  get_filename_component(profile ${json} NAME_WE)
  string(MAKE_C_IDENTIFIER "json_${profile}" array)
  espbak_bytes(bytes ${json})
  string(APPEND arrays "static const unsigned char ${array}[] = {${bytes}};\n")
  string(APPEND rows "    {${array}, sizeof(${array})},\n")
endforeach()
set(ESPBAK_PROFILE_SOURCE ${PROJECT_BINARY_DIR}/profiles/profile_builtin.c)
file(CONFIGURE OUTPUT ${ESPBAK_PROFILE_SOURCE} @ONLY CONTENT
"/* Made by cmake/EspbakProfiles.cmake from data/profiles. */
#include \"store/profile/profile_builtin.h\"

@arrays@
const profile_builtin profile_builtin_table[] = {
@rows@    {NULL, 0},
};
")
