/* Read-back on an emulated Cortex-M: vector table, start-up and output by semihosting, without a C library. */
#include <stdint.h>

#include "dump.h"

#define SYS_WRITE0 0x04u
#define SYS_EXIT 0x18u
#define APPLICATION_EXIT 0x20026u

#define LINE_BYTES 128u

extern uint32_t stack_top;

static char line[2u * LINE_BYTES + 1u];

static void semihost(uint32_t operation, uint32_t argument)
{
    register uint32_t r0 __asm__("r0") = operation;
    register uint32_t r1 __asm__("r1") = argument;

    __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
}

static void write(const char *text)
{
    semihost(SYS_WRITE0, (uint32_t)(uintptr_t)text);
}

void dump(const char *label, const void *data, unsigned long bytes)
{
    static const char digits[] = "0123456789abcdef";
    const uint8_t *byte = data;
    unsigned long i;
    uint32_t length = 0;

    write(label);
    write(" ");
    for (i = 0; i < bytes; i++) {
        line[length++] = digits[byte[i] >> 4];
        line[length++] = digits[byte[i] & 15u];
        if (length == 2u * LINE_BYTES || i + 1u == bytes) {
            line[length] = '\0';
            write(line);
            length = 0;
        }
    }
    write("\n");
}

static void reset(void)
{
    dump_all();
    semihost(SYS_EXIT, APPLICATION_EXIT);
    for (;;) {
    }
}

static void fault(void)
{
    write("fault\n");
    semihost(SYS_EXIT, 0);
    for (;;) {
    }
}

struct vectors {
    uint32_t *stack;
    void (*handlers[15])(void);
};

extern const struct vectors vectors;
__attribute__((section(".vectors"), used)) const struct vectors vectors = {
    &stack_top, {reset, fault, fault}
};
