/* SPDX-License-Identifier: Apache-2.0 */
/* What espbak needs of mbedtls: two digests, AES, and on Windows its own printf. */
#define MBEDTLS_AES_C
#define MBEDTLS_MD_C
#define MBEDTLS_MD5_C
#define MBEDTLS_SHA256_C
#define MBEDTLS_PLATFORM_C
