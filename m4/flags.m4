# flags.m4: compiler and linker flags, each tried alone before it is used.
#
# The trial program includes a libc header and is compiled with -Werror, so a flag that only
# earns a warning (an unknown one, or _FORTIFY_SOURCE without optimisation) counts as refused.

m4_define([_TFE_TRIAL],
  [AC_LANG_PROGRAM([[#include <string.h>]], [[char s[4]; memset(s, 0, sizeof s); return s[0];]])])

# _TFE_TRY_FLAGS(VARIABLE, FLAGS, COMPILE-OR-LINK-MACRO)
# Appends to VARIABLE each word of FLAGS that the toolchain accepts.
AC_DEFUN([_TFE_TRY_FLAGS], [
  for tfe_flag in m4_normalize([$2]); do
    AC_MSG_CHECKING([whether $CC accepts $tfe_flag])
    tfe_saved_cflags=$CFLAGS
    CFLAGS="$CFLAGS -Werror $tfe_flag"
    $3([_TFE_TRIAL], [tfe_accepted=yes], [tfe_accepted=no])
    CFLAGS=$tfe_saved_cflags
    AC_MSG_RESULT([$tfe_accepted])
    AS_IF([test $tfe_accepted = yes], [AS_VAR_APPEND([$1], [" $tfe_flag"])])
  done
])

AC_DEFUN([TFE_TRY_COMPILE_FLAGS], [_TFE_TRY_FLAGS([$1], [$2], [AC_COMPILE_IFELSE])])

# A linker flag is tried with the hardened compile flags: -pie wants position-independent code.
AC_DEFUN([TFE_TRY_LINK_FLAGS], [
  tfe_outer_cflags=$CFLAGS
  CFLAGS="$CFLAGS $HARDEN_CFLAGS"
  _TFE_TRY_FLAGS([$1], [$2], [AC_LINK_IFELSE])
  CFLAGS=$tfe_outer_cflags
])

# TFE_NEED_FLAGS(VARIABLE, FLAGS, COMPLAINT)
# Like TFE_TRY_LINK_FLAGS, but all the words together, and refusal ends configure.
AC_DEFUN([TFE_NEED_FLAGS], [
  AC_MSG_CHECKING([whether $CC accepts $2])
  tfe_saved_cflags=$CFLAGS
  CFLAGS="$CFLAGS $2"
  AC_LINK_IFELSE([_TFE_TRIAL], [tfe_accepted=yes], [tfe_accepted=no])
  CFLAGS=$tfe_saved_cflags
  AC_MSG_RESULT([$tfe_accepted])
  AS_IF([test $tfe_accepted = yes], [AS_VAR_APPEND([$1], [" $2"])], [AC_MSG_ERROR([$3])])
])
