/* What compilers call on their own, even without a C library. */
#include <stddef.h>

#define NO_CALLS __attribute__((optimize("no-tree-loop-distribute-patterns")))

void *memset(void *target, int value, size_t count);
void *memcpy(void *target, const void *source, size_t count);

NO_CALLS void *memset(void *target, int value, size_t count)
{
    unsigned char *bytes = target;

    while (count-- > 0u) {
        *bytes++ = (unsigned char)value;
    }
    return target;
}

NO_CALLS void *memcpy(void *target, const void *source, size_t count)
{
    unsigned char *bytes = target;
    const unsigned char *from = source;

    while (count-- > 0u) {
        *bytes++ = *from++;
    }
    return target;
}
