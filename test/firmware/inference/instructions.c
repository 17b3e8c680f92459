/* Counts the instructions of one run on an emulated core, where every instruction takes one nanosecond. */
#include <stdint.h>

#include "count.h"
#include "dump.h"

/* The boards' counter of ticks and what divides its clock. */
#define COUNTER (*(volatile uint32_t *)0x40028018u)
#define PRESCALE (*(volatile uint32_t *)0x4002801Cu)
#define CALIBRATION_LOOPS 1000000u

static uint32_t ticks_of_calibration(void)
{
    uint32_t start = COUNTER;
    uint32_t loops = CALIBRATION_LOOPS;

    __asm__ volatile(".syntax unified\n1: subs %0, %0, #1\n bne 1b" : "+l"(loops) : : "cc");
    return COUNTER - start;
}

static uint32_t ticks_of_run(void)
{
    uint32_t start = COUNTER;

    count_run();
    return COUNTER - start;
}

void dump_all(void)
{
    uint32_t ticks[2];

    PRESCALE = 0u;
    ticks[0] = ticks_of_calibration();
    ticks[1] = ticks_of_run();
    dump("ticks", ticks, sizeof(ticks));
}
