/*
 * inline: for functions that are only cheap where they are inlined, because what they check the
 * caller has checked already, so that the compiler leaves it out. It would not always guess that.
 */
#ifndef BASE_INLINE_H
#define BASE_INLINE_H

#define ALWAYS_INLINE inline __attribute__((always_inline))

#endif
