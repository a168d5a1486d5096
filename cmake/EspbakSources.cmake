# SPDX-License-Identifier: Apache-2.0
# The sources of the libraries that espbak stands on, in exactly these versions and contents, as Debian keeps them. Sets
# ESPBAK_SOURCE_<name> to the unpacked folder of each.
set(ESPBAK_DOWNLOADS ${PROJECT_SOURCE_DIR}/build/downloads CACHE PATH "Where downloaded sources are kept")
set(source_mirrors https://deb.debian.org/debian/pool/main
                   https://snapshot.debian.org/archive/debian/20260801T000000Z/pool/main)

# One that is there with the right content is not fetched again.
function(espbak_download path sha256)
  get_filename_component(file ${path} NAME)
  set(file ${ESPBAK_DOWNLOADS}/${file})
  if(EXISTS ${file})
    file(SHA256 ${file} sum)
  endif()
  foreach(mirror ${source_mirrors})
    if(sum STREQUAL sha256)
      return()
    endif()
    string(REPLACE "+" "%2B" url ${mirror}/${path})
    file(DOWNLOAD ${url} ${file}.part INACTIVITY_TIMEOUT 30)
    file(SHA256 ${file}.part sum)
    if(sum STREQUAL sha256)
      file(RENAME ${file}.part ${file})
    endif()
  endforeach()
  if(NOT sum STREQUAL sha256)
    message(FATAL_ERROR "${path} cannot be had from ${source_mirrors} with the SHA-256 ${sha256}. "
                        "Put it into ${ESPBAK_DOWNLOADS} by hand")
  endif()
endfunction()

# `within` is the only folder of the archive.
function(espbak_source name path sha256 within)
  file(MAKE_DIRECTORY ${ESPBAK_DOWNLOADS})
  # Several build folders may want it at once.
  file(LOCK ${ESPBAK_DOWNLOADS}/lock GUARD FUNCTION TIMEOUT 300)
  espbak_download(${path} ${sha256})
  get_filename_component(file ${path} NAME)
  set(folder ${ESPBAK_DOWNLOADS}/${within})
  if(NOT EXISTS ${folder})
    set(fresh ${ESPBAK_DOWNLOADS}/unpacked)
    file(REMOVE_RECURSE ${fresh})
    file(ARCHIVE_EXTRACT INPUT ${ESPBAK_DOWNLOADS}/${file} DESTINATION ${fresh})
    file(RENAME ${fresh}/${within} ${folder})
  endif()
  set(ESPBAK_SOURCE_${name} ${folder} PARENT_SCOPE)
  set(ESPBAK_ARCHIVE_${name} ${ESPBAK_DOWNLOADS}/${file} PARENT_SCOPE)
endfunction()

espbak_source(libserialport libs/libserialport/libserialport_0.1.2.orig.tar.gz
              5deb92b5ca72c0347b07b786848350deca2dcfd975ce613b8e0e1d947a4b4ca9 libserialport-0.1.2)
espbak_source(cjson c/cjson/cjson_1.7.19.orig.tar.gz
              7fa616e3046edfa7a28a32d5f9eacfd23f92900fe1f8ccd988c1662f30454562 cJSON-1.7.19)
espbak_source(mbedtls m/mbedtls/mbedtls_3.6.6.orig.tar.bz2
              8fb65fae8dcae5840f793c0a334860a411f884cc537ea290ce1c52bb64ca007a mbedtls-3.6.6)
espbak_source(zlib z/zlib/zlib_1.3.dfsg+really1.3.1.orig.tar.gz
              60dd315c07f616887caa029408308a018ace66e3d142726a97db164b3b8f69fb zlib-1.3.1)
if(ESPBAK_TESTS)
  espbak_source(cmocka c/cmocka/cmocka_1.1.7.orig.tar.xz
                810570eb0b8d64804331f82b29ff47c790ce9cd6b163e98d47a4807047ecad82 cmocka-1.1.7)
endif()
