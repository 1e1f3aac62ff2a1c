# WB_OPTION(NAME, HELP): --enable-NAME, off by default; sets enable_NAME to yes or no.
AC_DEFUN([WB_OPTION], [
AC_ARG_ENABLE([$1], [AS_HELP_STRING([--enable-$1], [$2])],
	[AS_IF([test "$enableval" != no], [AS_TR_SH([enable_$1])=yes])], [AS_TR_SH([enable_$1])=no])
])

# WB_TRY_FLAG(VARIABLE, FLAG): appends FLAG to VARIABLE when the compiler and linker take it.
AC_DEFUN([WB_TRY_FLAG], [
AC_MSG_CHECKING([whether $CC takes $2])
wb_saved_CFLAGS=$CFLAGS
CFLAGS="$CFLAGS -Werror $2"
AC_LINK_IFELSE([AC_LANG_PROGRAM([], [])],
	[AC_MSG_RESULT([yes]); AS_VAR_APPEND([$1], [" $2"])], [AC_MSG_RESULT([no])])
CFLAGS=$wb_saved_CFLAGS
])

# WB_COMPILER_FLAGS: WB_CFLAGS and WB_LDFLAGS for the whole tree.
AC_DEFUN([WB_COMPILER_FLAGS], [
WB_CFLAGS="-std=gnu17 -fPIC"
WB_LDFLAGS=
m4_foreach_w([flag], [-Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes
	-Wold-style-definition -Wformat=2 -Wwrite-strings -Wcast-align -Wpointer-arith -Wundef -Wvla
	-Walloca -Wimplicit-fallthrough -Wdouble-promotion -Wjump-misses-init -Wdeclaration-after-statement
	-fno-common -fno-strict-aliasing],
	[WB_TRY_FLAG([WB_CFLAGS], flag)])
AS_IF([test "$enable_werror" = yes], [WB_CFLAGS="$WB_CFLAGS -Werror"])
AS_IF([test "$enable_sanitizers" = yes], [
	enable_hardening=no
	WB_CFLAGS="$WB_CFLAGS -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer"
	WB_LDFLAGS="$WB_LDFLAGS -fsanitize=address,undefined"])
AS_IF([test "$enable_coverage" = yes], [
	enable_hardening=no
	WB_CFLAGS="$WB_CFLAGS -O0 -g --coverage"
	WB_LDFLAGS="$WB_LDFLAGS --coverage"])
AS_IF([test "$enable_fuzzers" = yes], [
	WB_CFLAGS="$WB_CFLAGS -fsanitize=fuzzer-no-link"
	AC_SUBST([FUZZ_ENGINE], [-fsanitize=fuzzer])])
AS_IF([test "$enable_hardening" = yes], [
	m4_foreach_w([flag], [-fstack-protector-strong -fstack-clash-protection -fcf-protection],
		[WB_TRY_FLAG([WB_CFLAGS], flag)])
	WB_CFLAGS="$WB_CFLAGS -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2"
	WB_TRY_FLAG([WB_LDFLAGS], [-Wl,-z,relro])
	WB_TRY_FLAG([WB_LDFLAGS], [-Wl,-z,now])
	WB_PROGRAM_LDFLAGS="-pie"])
WB_TRY_FLAG([WB_LDFLAGS], [-Wl,--as-needed])
AC_SUBST([WB_CFLAGS])
AC_SUBST([WB_LDFLAGS])
AC_SUBST([WB_PROGRAM_LDFLAGS])
])

# WB_FIND_HDF5: HDF5 with its serial C library; Debian keeps it under its own folders.
AC_DEFUN([WB_FIND_HDF5], [
PKG_CHECK_EXISTS([hdf5-serial],
	[wb_hdf5_name=hdf5-serial], [wb_hdf5_name=hdf5])
PKG_CHECK_MODULES([HDF5], [$wb_hdf5_name >= 1.10], [wb_hdf5_how="$($PKG_CONFIG --modversion $wb_hdf5_name)"],
	[AC_MSG_ERROR([HDF5 with its pkg-config file was not found (Debian: libhdf5-dev)])])
])

dnl WB_STATIC_CRYPTO: only the two SHAs are used of libcrypto. From its archive they are some 50 KiB; the shared library
dnl costs each process, and a run has two, about a millisecond of relocations.
AC_DEFUN([WB_STATIC_CRYPTO], [
AC_ARG_ENABLE([static-crypto], [AS_HELP_STRING([--disable-static-crypto], [use the shared libcrypto])],
	[], [enable_static_crypto=yes])
AS_IF([test "$enable_static_crypto" = yes], [
	AC_CACHE_CHECK([for a static libcrypto], [wb_cv_static_crypto], [
		wb_save_LIBS=$LIBS
		LIBS="-l:libcrypto.a $LIBS"
		AC_LINK_IFELSE([AC_LANG_PROGRAM([[
			#define OPENSSL_SUPPRESS_DEPRECATED
			#include <openssl/sha.h>]], [[
			SHA256_CTX c; SHA_CTX d;
			return SHA256_Init(&c) + SHA1_Init(&d) == 0;]])],
			[wb_cv_static_crypto=yes], [wb_cv_static_crypto=no])
		LIBS=$wb_save_LIBS])
	AS_IF([test "$wb_cv_static_crypto" = yes], [CRYPTO_LIBS=-l:libcrypto.a])])
])
