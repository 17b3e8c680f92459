/* Read-back on the host. */
#include <stdio.h>

#include "dump.h"

void dump(const char *label, const void *data, unsigned long bytes)
{
    const unsigned char *byte = data;
    unsigned long i;

    printf("%s ", label);
    for (i = 0; i < bytes; i++) {
        printf("%02x", byte[i]);
    }
    printf("\n");
}

int main(void)
{
    dump_all();
    return 0;
}
