# completions.m4: where the completion of a shell is installed.

# TFE_WITH_COMPLETION_DIR(SHELL, DEFAULT)
# Adds the switch --with-SHELL-completion-dir=DIR (no: not installed at all), and sets
# SHELL_completion_dir and the conditional INSTALL_SHELL_COMPLETION, with SHELL in capitals.
AC_DEFUN([TFE_WITH_COMPLETION_DIR], [
  AC_ARG_WITH([$1-completion-dir],
    [AS_HELP_STRING([--with-$1-completion-dir=DIR],
      [install the $1 completion in DIR; no: do not install it])],
    [AS_IF([test "x$withval" = xyes], [$1_completion_dir=$2], [$1_completion_dir=$withval])],
    [$1_completion_dir=$2])
  AC_SUBST([$1_completion_dir])
  AM_CONDITIONAL(m4_toupper([INSTALL_$1_COMPLETION]), [test "x$$1_completion_dir" != xno])
])
